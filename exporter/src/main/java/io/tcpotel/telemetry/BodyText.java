// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import java.nio.charset.StandardCharsets;

/**
 * The line for people in a log record's body and on the terminal:
 *
 * <pre>
 * tcp client 10.0.0.7:41528 -> 10.0.0.12:5432 closed after 1.204s tx=5321B rx=88211B segs=71/80 retrans=0 srtt=0.812ms min_rtt=0.301ms
 * tcp client 10.0.0.7:41530 -> 10.0.0.99:5432 failed: connection_refused after 0.003s
 * tcp client 10.0.0.7:41528 -> 10.0.0.12:5432 open after 30.000s tx=5321B rx=88211B segs=71/80 retrans=0 srtt=0.812ms min_rtt=0.301ms
 * tcp client 10.0.0.7:41528 -> 10.0.0.12:5432 opened after 0.001s
 * </pre>
 *
 * Hot: allocates nothing. One thread uses it; the text stands until the next call.
 */
public final class BodyText {
  private static final int MAX_BYTES = 400;
  private static final byte[] AFTER = ascii(" after ");
  private static final byte[] CLOSED = ascii(" closed");
  private static final byte[] FAILED = ascii(" failed");
  private static final byte[] OPEN = ascii(" open");
  private static final byte[] OPENED = ascii(" opened");
  private static final byte[] SENT = ascii(" tx=");
  private static final byte[] RECEIVED = ascii("B rx=");
  private static final byte[] SEGMENTS = ascii("B segs=");
  private static final byte[] RETRANSMITS = ascii(" retrans=");
  private static final byte[] SRTT = ascii(" srtt=");
  private static final byte[] MIN_RTT = ascii(" min_rtt=");
  private static final byte[] TO = ascii(" -> ");
  private static final byte[] FROM = ascii(" <- ");
  private static final byte[] BETWEEN = ascii(" -- ");

  private static final byte[][] BEGIN = new byte[ConnectionRole.values().length][];
  private static final byte[][] ERROR = new byte[ErrorType.values().length][];

  static {
    for (ConnectionRole role : ConnectionRole.values()) {
      BEGIN[role.ordinal()] = ascii("tcp " + role.value() + " ");
    }
    for (ErrorType error : ErrorType.values()) {
      ERROR[error.ordinal()] = ascii(": " + error.value());
    }
  }

  private final byte[] bytes = new byte[MAX_BYTES];
  private int length;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  /** Allocates. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }

  /** Writes the line of an event; {@code error} is null if it ended well, or has not ended. */
  public void write(
      ConnectionRecord connection, LogEvent event, ConnectionRole role, ErrorType error) {
    writeEnds(connection, role);
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
    appendThousandths(connection.durationNs(), 1_000_000);
    append('s');
    if (connection.connSuccess() && event != LogEvent.START) {
      writeTotals(connection);
    }
  }

  private void writeEnds(ConnectionRecord connection, ConnectionRole role) {
    length = 0;
    append(BEGIN[role.ordinal()]);
    boolean brackets = connection.type() == ConnectionRecord.IPV6;
    appendOptional(brackets, '[');
    length = connection.writeLocalAddress(bytes, length);
    appendOptional(brackets, ']');
    append(':');
    appendNumber(connection.localPort());
    append(
        switch (role) {
          case CLIENT -> TO;
          case SERVER -> FROM;
          case UNKNOWN -> BETWEEN;
        });
    appendOptional(brackets, '[');
    length = connection.writePeerAddress(bytes, length);
    appendOptional(brackets, ']');
    append(':');
    appendNumber(connection.peerPort());
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
    if (connection.srttUs() != 0) {
      append(SRTT);
      appendMilliseconds(connection.srttNs());
    }
    if (connection.rttMin() != 0) {
      append(MIN_RTT);
      appendMilliseconds(connection.rttMin() * 1000);
    }
  }

  private void appendMilliseconds(long ns) {
    appendThousandths(ns, 1000);
    append('m');
    append('s');
  }

  /** A number with three decimals: {@code value} rounded to multiples of {@code thousandth}. */
  private void appendThousandths(long value, long thousandth) {
    long rounded = (value + thousandth / 2) / thousandth;
    appendNumber(rounded / 1000);
    append('.');
    append('0' + (int) (rounded / 100 % 10));
    append('0' + (int) (rounded / 10 % 10));
    append('0' + (int) (rounded % 10));
  }

  private void append(byte[] text) {
    System.arraycopy(text, 0, bytes, length, text.length);
    length += text.length;
  }

  private void append(int character) {
    bytes[length++] = (byte) character;
  }

  private void appendOptional(boolean wanted, int character) {
    if (wanted) {
      append(character);
    }
  }

  private void appendNumber(long value) {
    int digits = 1;
    for (long rest = value / 10; rest != 0; rest /= 10) {
      digits++;
    }
    long rest = value;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
  }
}
