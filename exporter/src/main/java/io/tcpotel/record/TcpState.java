// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/**
 * The states of a TCP socket, in the order of the kernel's numbers, which begin at 1
 * (include/net/tcp_states.h).
 */
public enum TcpState {
  ESTABLISHED("established"),
  SYN_SENT("syn_sent"),
  SYN_RECV("syn_received"),
  FIN_WAIT1("fin_wait_1"),
  FIN_WAIT2("fin_wait_2"),
  TIME_WAIT("time_wait"),
  CLOSE("closed"),
  CLOSE_WAIT("close_wait"),
  LAST_ACK("last_ack"),
  LISTEN("listen"),
  CLOSING("closing"),
  NEW_SYN_RECV("syn_received");

  private static final TcpState[] BY_NUMBER = values();

  private final String value;

  TcpState(String value) {
    this.value = value;
  }

  /** Null for a number that newer kernels may have. */
  public static TcpState of(int number) {
    return number > 0 && number <= BY_NUMBER.length ? BY_NUMBER[number - 1] : null;
  }

  /** The value of {@code network.connection.state}. */
  public String value() {
    return value;
  }
}
