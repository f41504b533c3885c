// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;

/**
 * How a connection ended if it did not end well: the closed list of {@code error.type}. By sk_err
 * and the state before CLOSE. Hot: allocates nothing, throws nothing.
 */
public enum ErrorType {
  CONNECTION_REFUSED("connection_refused", "ECONNREFUSED: the peer answered the SYN with a reset"),
  TIMED_OUT("timed_out", "ETIMEDOUT: retransmissions, keepalive or the user timeout expired"),
  HOST_UNREACHABLE("host_unreachable", "EHOSTUNREACH: by ICMP, or the neighbour does not answer"),
  NETWORK_UNREACHABLE("network_unreachable", "ENETUNREACH: by ICMP"),
  ACCESS_DENIED("access_denied", "EACCES or EPERM: denied by a firewall or security module"),
  ADDRESS_NOT_AVAILABLE("address_not_available", "EADDRNOTAVAIL"),
  CONNECTION_RESET(
      "connection_reset",
      "ECONNRESET: the peer reset the connection; after our own FIN, only if payload was lost"),
  BROKEN_PIPE("broken_pipe", "EPIPE: the peer closed the connection, then reset it"),
  CONNECTION_ABORTED(
      "connection_aborted",
      "ECONNABORTED, or this end reset the connection: SO_LINGER 0, unread or unsent data"),
  CANCELED("canceled", "the application gave up while connecting"),
  UNOBSERVED(
      "unobserved",
      "the kernel had no memory for its state: only its beginning is known, and no metric counts it"),
  OTHER("_OTHER", "any other errno");

  private static final int EPERM = 1;
  private static final int EACCES = 13;
  private static final int EPIPE = 32;
  private static final int EADDRNOTAVAIL = 99;
  private static final int ENETUNREACH = 101;
  private static final int ECONNABORTED = 103;
  private static final int ECONNRESET = 104;
  private static final int ETIMEDOUT = 110;
  private static final int ECONNREFUSED = 111;
  private static final int EHOSTUNREACH = 113;

  private static final int ESTABLISHED = 1;
  private static final int SYN_SENT = 2;
  private static final int SYN_RECV = 3;
  private static final int FIN_WAIT1 = 4;
  private static final int FIN_WAIT2 = 5;
  private static final int CLOSE = 7;
  private static final int CLOSE_WAIT = 8;

  private final String value;
  private final String meaning;

  ErrorType(String value, String meaning) {
    this.value = value;
    this.meaning = meaning;
  }

  /** In words. */
  public String meaning() {
    return meaning;
  }

  /** The value of {@code error.type}. */
  public String value() {
    return value;
  }

  /** The error of a close or of a failed connect; null if it ended well, or has not ended. */
  public static ErrorType of(ConnectionRecord connection) {
    if (connection.state() != CLOSE) {
      return connection.kind() == RecordKind.UNOBSERVED ? UNOBSERVED : null;
    }
    return of(
        connection.connSuccess(),
        connection.skErr(),
        connection.previousState(),
        connection.finReceived(),
        connection.unackedBytes() != 0,
        connection.unreadBytes() != 0);
  }

  /** Likewise, by the record's fields that it follows from. */
  static ErrorType of(
      boolean connSuccess,
      int skErr,
      int previousState,
      boolean finReceived,
      boolean unacked,
      boolean unread) {
    if (!connSuccess) {
      return skErr == 0 ? ofGivenUp(previousState) : ofErrno(skErr);
    }
    return skErr == 0
        ? ofLocalEnd(previousState, finReceived, unacked, unread)
        : ofEndWithErrno(skErr, previousState, unacked);
  }

  /** No errno, never established: close() before an answer, or an end that nothing explains. */
  private static ErrorType ofGivenUp(int previousState) {
    return previousState == SYN_SENT ? CANCELED : OTHER;
  }

  /**
   * After our own FIN a reset or a timeout is an error only if payload was lost with it: servers
   * that answer a FIN with a reset are common, and nothing is missing then.
   */
  private static ErrorType ofEndWithErrno(int skErr, int previousState, boolean unacked) {
    boolean finSent = !isOpen(previousState) && previousState != CLOSE_WAIT;
    return finSent && !unacked ? null : ofErrno(skErr);
  }

  /**
   * No errno: both FINs, or we sent the reset ourselves (SO_LINGER 0, or close() with unread data).
   */
  private static ErrorType ofLocalEnd(
      int previousState, boolean finReceived, boolean unacked, boolean unread) {
    if (isOpen(previousState) || unacked) {
      return CONNECTION_ABORTED;
    }
    // In the other states the socket may outlive its connection, and the application may still
    // read.
    boolean closedOverData =
        previousState == CLOSE_WAIT
            || (previousState == FIN_WAIT1 || previousState == FIN_WAIT2) && !finReceived;
    return closedOverData && unread ? CONNECTION_ABORTED : null;
  }

  /** No FIN either way. The server's end of a TCP Fast Open is open from SYN_RECV on. */
  private static boolean isOpen(int state) {
    return state == ESTABLISHED || state == SYN_RECV;
  }

  private static ErrorType ofErrno(int errno) {
    return switch (errno) {
      case ECONNREFUSED -> CONNECTION_REFUSED;
      case ETIMEDOUT -> TIMED_OUT;
      case EHOSTUNREACH -> HOST_UNREACHABLE;
      case ENETUNREACH -> NETWORK_UNREACHABLE;
      case EACCES, EPERM -> ACCESS_DENIED;
      case EADDRNOTAVAIL -> ADDRESS_NOT_AVAILABLE;
      case ECONNRESET -> CONNECTION_RESET;
      case EPIPE -> BROKEN_PIPE;
      case ECONNABORTED -> CONNECTION_ABORTED;
      default -> OTHER;
    };
  }
}
