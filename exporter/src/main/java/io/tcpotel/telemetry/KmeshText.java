// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.record.TcpState;

/**
 * The line that Kmesh's access log has for a connection, for programs that read it. The source is
 * the client's end. The smoothed round-trip time is in microseconds; Kmesh itself writes eighths.
 * Names of workloads and services are empty. Hot: allocates nothing. One thread uses it.
 */
final class KmeshText extends LogBody {
  /** More than any line takes. */
  static final int MAX_BYTES = 600;

  private static final ConstantBytes SOURCE = ConstantBytes.ascii(" src.addr=");
  private static final ConstantBytes DESTINATION =
      ConstantBytes.ascii(", src.workload=, src.namespace=, dst.addr=");
  private static final ConstantBytes START =
      ConstantBytes.ascii(", dst.service=, dst.workload=, dst.namespace=, start_time=");
  private static final ConstantBytes SENT = ConstantBytes.ascii(", sent_bytes=");
  private static final ConstantBytes RECEIVED = ConstantBytes.ascii(", received_bytes=");
  private static final ConstantBytes LOST = ConstantBytes.ascii(", packet_loss=");
  private static final ConstantBytes RETRANSMISSIONS = ConstantBytes.ascii(", retransmissions=");
  private static final ConstantBytes SRTT = ConstantBytes.ascii(", srtt=");
  private static final ConstantBytes MIN_RTT = ConstantBytes.ascii("us, min_rtt=");
  private static final ConstantBytes DURATION = ConstantBytes.ascii("us, duration=");
  private static final ConstantBytes MS = ConstantBytes.ascii("ms");

  private static final ConstantBytes[] DIRECTIONS = new ConstantBytes[3];
  private static final ConstantBytes[] STATES = new ConstantBytes[TcpState.values().length];
  private static final ConstantBytes UNKNOWN_STATE = ConstantBytes.ascii("");

  static {
    for (ConnectionRole role : ConnectionRole.values()) {
      String direction =
          switch (role) {
            case CLIENT -> "OUTBOUND";
            case SERVER -> "INBOUND";
            case UNKNOWN -> "";
          };
      DIRECTIONS[role.ordinal()] = ConstantBytes.ascii(", direction=" + direction + ", state=");
    }
    for (TcpState state : TcpState.values()) {
      STATES[state.ordinal()] = ConstantBytes.ascii("BPF_TCP_" + state.name());
    }
  }

  KmeshText() {
    super(MAX_BYTES);
  }

  @Override
  void write(
      ConnectionRecord connection,
      LogEvent event,
      ConnectionRole role,
      ErrorType error,
      LimitedBy limit,
      long timeNs) {
    begin();
    appendTime(timeNs);
    append(SOURCE);
    appendEndIfShown(connection, role != ConnectionRole.SERVER);
    append(DESTINATION);
    appendEndIfShown(connection, role == ConnectionRole.SERVER);
    append(START);
    appendTime(timeNs - connection.durationNs());
    append(DIRECTIONS[role.ordinal()]);
    TcpState state = TcpState.of(connection.state());
    append(state == null ? UNKNOWN_STATE : STATES[state.ordinal()]);
    appendNumber(SENT, connection.sentBytes());
    appendNumber(RECEIVED, connection.receivedBytes());
    appendNumber(LOST, connection.lost());
    appendNumber(RETRANSMISSIONS, connection.totalRetrans());
    appendNumber(SRTT, connection.srttNs() / 1000);
    appendNumber(MIN_RTT, connection.rttMinUs());
    long durationUs = connection.durationNs() / 1000;
    appendNumber(DURATION, durationUs / 1000);
    appendThousandths((int) (durationUs % 1000));
    append(MS);
  }

  private void appendEndIfShown(ConnectionRecord connection, boolean local) {
    if (connection.hasAddresses()) {
      appendEnd(connection, local);
    }
  }

  private void appendNumber(ConstantBytes before, long number) {
    append(before);
    appendNumber(number);
  }
}
