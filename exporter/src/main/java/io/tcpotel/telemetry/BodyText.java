// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;

/**
 * The line for people in a log record's body and on the terminal:
 *
 * <pre>
 * tcp client 10.0.0.7:41528 -> 10.0.0.12:5432 closed after 1.20s tx=5321B rx=88211B segs=71/80 retrans=0 srtt=812us min_rtt=301us limited_by=receiver
 * tcp client 10.0.0.7:41530 -> 10.0.0.99:5432 failed: connection_refused after 41.3us
 * tcp client 10.0.0.7:41528 -> 10.0.0.12:5432 open after 30.0s tx=5321B rx=88211B segs=71/80 retrans=0 srtt=812us min_rtt=301us limited_by=network stalled=3.05s
 * tcp client 10.0.0.7:41528 -> 10.0.0.12:5432 opened after 153us
 * </pre>
 *
 * Hot: allocates nothing.
 */
public final class BodyText extends LogBody {
  /** More than any line takes. */
  static final int MAX_BYTES = 360;

  private static final ConstantBytes AFTER = ConstantBytes.ascii(" after ");
  private static final ConstantBytes CLOSED = ConstantBytes.ascii(" closed");
  private static final ConstantBytes FAILED = ConstantBytes.ascii(" failed");
  private static final ConstantBytes NOT_OBSERVED = ConstantBytes.ascii(" not observed");
  private static final ConstantBytes OPEN = ConstantBytes.ascii(" open");
  private static final ConstantBytes OPENED = ConstantBytes.ascii(" opened");
  private static final ConstantBytes SENT = ConstantBytes.ascii(" tx=");
  private static final ConstantBytes RECEIVED = ConstantBytes.ascii("B rx=");
  private static final ConstantBytes SEGMENTS = ConstantBytes.ascii("B segs=");
  private static final ConstantBytes RETRANSMITS = ConstantBytes.ascii(" retrans=");
  private static final ConstantBytes SRTT = ConstantBytes.ascii(" srtt=");
  private static final ConstantBytes MIN_RTT = ConstantBytes.ascii(" min_rtt=");
  private static final ConstantBytes STALLED = ConstantBytes.ascii(" stalled=");
  private static final ConstantBytes[] BEGIN = new ConstantBytes[ConnectionRole.values().length];
  private static final ConstantBytes[] BETWEEN = new ConstantBytes[ConnectionRole.values().length];
  private static final ConstantBytes[] LIMITED_BY = new ConstantBytes[LimitedBy.values().length];
  private static final ConstantBytes[] ERROR = new ConstantBytes[ErrorType.values().length];

  static {
    for (ConnectionRole role : ConnectionRole.values()) {
      BEGIN[role.ordinal()] = ConstantBytes.ascii("tcp " + role.value() + " ");
      BETWEEN[role.ordinal()] =
          ConstantBytes.ascii(
              switch (role) {
                case CLIENT -> " -> ";
                case SERVER -> " <- ";
                case UNKNOWN -> " -- ";
              });
    }
    for (LimitedBy each : LimitedBy.values()) {
      LIMITED_BY[each.ordinal()] = ConstantBytes.ascii(" limited_by=" + each.value());
    }
    for (ErrorType error : ErrorType.values()) {
      ERROR[error.ordinal()] = ConstantBytes.ascii(": " + error.value());
    }
  }

  /** In memory of its own. */
  public BodyText() {
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
    write(connection, event, role, error, limit);
  }

  /**
   * Writes the line of an event.
   *
   * @param error null if it ended well, or has not ended
   * @param limit the largest; null if there is none
   */
  public void write(
      ConnectionRecord connection,
      LogEvent event,
      ConnectionRole role,
      ErrorType error,
      LimitedBy limit) {
    writeEnds(connection, role);
    if (error == ErrorType.UNOBSERVED) {
      append(NOT_OBSERVED);
      return;
    }
    append(
        switch (event) {
          case START -> OPENED;
          case UPDATE -> OPEN;
          case END -> connection.connSuccess() ? CLOSED : FAILED;
        });
    if (error != null) {
      append(ERROR[error.ordinal()]);
    }
    append(AFTER);
    appendDuration(connection.durationNs());
    if (connection.connSuccess() && event != LogEvent.START) {
      writeTotals(connection);
      writeDelays(connection, limit);
    }
  }

  private void writeEnds(ConnectionRecord connection, ConnectionRole role) {
    begin();
    append(BEGIN[role.ordinal()]);
    appendEnd(connection, true);
    append(BETWEEN[role.ordinal()]);
    appendEnd(connection, false);
  }

  private void writeTotals(ConnectionRecord connection) {
    append(SENT);
    appendNumber(connection.sentBytes());
    append(RECEIVED);
    appendNumber(connection.receivedBytes());
    append(SEGMENTS);
    appendNumber(connection.segsOut());
    append('/');
    appendNumber(connection.segsIn());
    append(RETRANSMITS);
    appendNumber(connection.totalRetrans());
    if (connection.srttNs() != 0) {
      append(SRTT);
      appendDuration(connection.srttNs());
    }
    if (connection.rttMinUs() != 0) {
      append(MIN_RTT);
      appendDuration(connection.rttMinUs() * 1000);
    }
  }

  private void writeDelays(ConnectionRecord connection, LimitedBy limit) {
    if (limit != null) {
      append(LIMITED_BY[limit.ordinal()]);
    }
    if (connection.stalledMs() != 0) {
      append(STALLED);
      appendDuration(connection.stalledMs() * 1_000_000);
    }
  }
}
