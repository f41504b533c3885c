// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.IpAddress;
import io.tcpotel.record.TcpState;
import java.nio.charset.StandardCharsets;

/**
 * Writes access-log records as the bytes of OTLP's {@code LogRecord}, straight from the ring's
 * record. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class LogEncoder {
  /**
   * More than any record takes: fixed parts, all attributes with their longest values, the longest
   * body.
   */
  public static final int MAX_RECORD_BYTES = 1280;

  private static final int SEVERITY_WARN = 13;

  private static final byte LOG_RECORDS = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte SEVERITY_NUMBER = WireWriter.key(2, WireWriter.VARINT);
  private static final byte BODY = WireWriter.key(5, WireWriter.LENGTH_DELIMITED);
  private static final int TIME_UNIX_NANO = 1;
  private static final int OBSERVED_TIME_UNIX_NANO = 11;
  private static final int EVENT_NAME = 12;

  private static final byte[] TCP = ascii("tcp");
  private static final byte[] IPV4 = ascii("ipv4");
  private static final byte[] IPV6 = ascii("ipv6");
  private static final byte[][] EVENTS = new byte[LogEvent.values().length][];
  private static final byte[][] STATES = new byte[TcpState.values().length][];
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final byte[][] ROLES = new byte[ConnectionRole.values().length][];
  private static final byte[][] ERRORS = new byte[ErrorType.values().length][];
  private static final AttributeWriter[] ATTRIBUTES =
      new AttributeWriter[LogAttribute.values().length];

  static {
    for (LogEvent event : LogEvent.values()) {
      EVENTS[event.ordinal()] = ascii(event.key());
    }
    for (TcpState state : TcpState.values()) {
      STATES[state.ordinal()] = ascii(state.value());
    }
    for (ConnectionRole role : ConnectionRole.values()) {
      ROLES[role.ordinal()] = ascii(role.value());
    }
    for (ErrorType error : ErrorType.values()) {
      ERRORS[error.ordinal()] = ascii(error.value());
    }
    for (LogAttribute attribute : LogAttribute.values()) {
      ATTRIBUTES[attribute.ordinal()] = new AttributeWriter(attribute);
    }
  }

  private final WireWriter to = new WireWriter();
  private final BodyText body = new BodyText();
  private final byte[] text = new byte[IpAddress.MAX_TEXT_BYTES];

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether another record is sure to fit. */
  public static boolean hasRoom(LogBatch batch) {
    return batch.hasRoom(MAX_RECORD_BYTES);
  }

  /**
   * Appends a report about a connection to {@code batch}, which has room; the record's kind tells
   * the event.
   *
   * @param error null if it ended well, or has not ended
   * @param timeNs wall clock of the report, ns since 1970
   * @param observedNs wall clock when the record was taken from the ring
   * @param nowNs CLOCK_MONOTONIC, for the batch's age
   */
  public void append(
      LogBatch batch,
      ConnectionRecord connection,
      ErrorType error,
      long timeNs,
      long observedNs,
      long nowNs) {
    ConnectionRole role = ConnectionRole.of(connection);
    LogEvent event = LogEvent.of(connection);
    to.moveTo(batch.bytes, batch.end);
    to.raw(LOG_RECORDS);
    int lengthAt = to.at;
    to.at += 2; // a record has from 128 to 16383 bytes: its length always takes two
    to.fixed64(TIME_UNIX_NANO, timeNs);
    to.raw(SEVERITY_NUMBER);
    to.raw(error == null ? event.severityNumber() : SEVERITY_WARN);
    writeBody(connection, event, role, error);
    writeEnds(connection, role, error);
    if (event != LogEvent.END) {
      writeState(connection);
    }
    writeProgress(connection);
    if (event != LogEvent.START) {
      writeTotals(connection);
    }
    to.fixed64(OBSERVED_TIME_UNIX_NANO, observedNs);
    byte[] name = EVENTS[event.ordinal()];
    to.string(EVENT_NAME, name, name.length);
    int length = to.at - lengthAt - 2;
    batch.bytes[lengthAt] = (byte) (length | 0x80);
    batch.bytes[lengthAt + 1] = (byte) (length >> 7);
    batch.added(to.at, nowNs);
  }

  /** {@code LogRecord.body}, an {@code AnyValue} with a string. */
  private void writeBody(
      ConnectionRecord connection, LogEvent event, ConnectionRole role, ErrorType error) {
    body.write(connection, event, role, error);
    to.raw(BODY);
    to.varint(1 + WireWriter.varintBytes(body.length()) + body.length());
    to.string(1, body.bytes(), body.length());
  }

  private static AttributeWriter attribute(LogAttribute attribute) {
    return ATTRIBUTES[attribute.ordinal()];
  }

  private void writeEnds(ConnectionRecord connection, ConnectionRole role, ErrorType error) {
    byte[] type = connection.type() == ConnectionRecord.IPV4 ? IPV4 : IPV6;
    attribute(LogAttribute.NETWORK_TRANSPORT).writeString(to, TCP, TCP.length);
    attribute(LogAttribute.NETWORK_TYPE).writeString(to, type, type.length);
    int length = connection.writeLocalAddress(text, 0);
    attribute(LogAttribute.NETWORK_LOCAL_ADDRESS).writeString(to, text, length);
    attribute(LogAttribute.NETWORK_LOCAL_PORT).writeInt(to, connection.localPort());
    length = connection.writePeerAddress(text, 0);
    attribute(LogAttribute.NETWORK_PEER_ADDRESS).writeString(to, text, length);
    attribute(LogAttribute.NETWORK_PEER_PORT).writeInt(to, connection.peerPort());
    if (role != ConnectionRole.UNKNOWN) {
      attribute(LogAttribute.SERVER_PORT).writeInt(to, role.serverPort(connection));
    }
    if (error != null) {
      byte[] value = ERRORS[error.ordinal()];
      attribute(LogAttribute.ERROR_TYPE).writeString(to, value, value.length);
    }
    writeConnectionId(connection.connectionId());
    byte[] value = ROLES[role.ordinal()];
    attribute(LogAttribute.CONNECTION_ROLE).writeString(to, value, value.length);
  }

  private void writeConnectionId(long id) {
    for (int i = 0; i < 16; i++) {
      text[i] = HEX[(int) (id >>> 60 - 4 * i) & 0xf];
    }
    attribute(LogAttribute.CONNECTION_ID).writeString(to, text, 16);
  }

  /** A state that this program does not know, of a newer kernel, is left out. */
  private void writeState(ConnectionRecord connection) {
    TcpState state = TcpState.of(connection.state());
    if (state != null) {
      byte[] value = STATES[state.ordinal()];
      attribute(LogAttribute.NETWORK_CONNECTION_STATE).writeString(to, value, value.length);
    }
  }

  private void writeProgress(ConnectionRecord connection) {
    attribute(LogAttribute.CONNECTION_ESTABLISHED).writeBoolean(to, connection.connSuccess());
    attribute(LogAttribute.CONNECTION_DURATION).writeDouble(to, connection.durationNs() / 1e9);
    if (connection.preexisting()) {
      attribute(LogAttribute.CONNECTION_PREEXISTING).writeBoolean(to, true);
    }
  }

  private void writeTotals(ConnectionRecord connection) {
    attribute(LogAttribute.TRANSMIT_BYTES).writeInt(to, connection.sentBytes());
    attribute(LogAttribute.RECEIVE_BYTES).writeInt(to, connection.receivedBytes());
    attribute(LogAttribute.TRANSMIT_SEGMENTS).writeInt(to, connection.segsOut());
    attribute(LogAttribute.RECEIVE_SEGMENTS).writeInt(to, connection.segsIn());
    attribute(LogAttribute.RETRANSMITS).writeInt(to, connection.totalRetrans());
    if (connection.srttUs() != 0) {
      attribute(LogAttribute.RTT_SMOOTHED).writeDouble(to, connection.srttUs() / 8e6);
    }
    if (connection.rttMin() != 0) {
      attribute(LogAttribute.RTT_MIN).writeDouble(to, connection.rttMin() / 1e6);
    }
    if (connection.mssCache() != 0) {
      attribute(LogAttribute.MSS).writeInt(to, connection.mssCache());
    }
  }
}
