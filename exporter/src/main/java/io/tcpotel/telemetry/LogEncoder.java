// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.IpAddress;
import io.tcpotel.record.TcpState;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes access-log records as the bytes of OTLP's {@code LogRecord}, straight from the ring's
 * record. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class LogEncoder {
  /** More than any record takes: all attributes with their longest values, the longest body. */
  public static final int MAX_RECORD_BYTES = maxRecordBytes();

  private static final int SEVERITY_WARN = 13;

  private static final byte LOG_RECORDS = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte SEVERITY_NUMBER = WireWriter.key(2, WireWriter.VARINT);
  private static final byte BODY = WireWriter.key(5, WireWriter.LENGTH_DELIMITED);
  private static final int TIME_UNIX_NANO = 1;
  private static final int OBSERVED_TIME_UNIX_NANO = 11;
  private static final int EVENT_NAME = 12;

  private static final AttributeWriter NETWORK_LOCAL_ADDRESS =
      AttributeWriter.of(LogAttribute.NETWORK_LOCAL_ADDRESS);
  private static final AttributeWriter NETWORK_LOCAL_PORT =
      AttributeWriter.of(LogAttribute.NETWORK_LOCAL_PORT);
  private static final AttributeWriter NETWORK_PEER_ADDRESS =
      AttributeWriter.of(LogAttribute.NETWORK_PEER_ADDRESS);
  private static final AttributeWriter NETWORK_PEER_PORT =
      AttributeWriter.of(LogAttribute.NETWORK_PEER_PORT);
  private static final AttributeWriter SERVER_PORT = AttributeWriter.of(LogAttribute.SERVER_PORT);
  private static final AttributeWriter CONNECTION_ID =
      AttributeWriter.of(LogAttribute.CONNECTION_ID);
  private static final AttributeWriter CONNECTION_DURATION =
      AttributeWriter.of(LogAttribute.CONNECTION_DURATION);
  private static final AttributeWriter TRANSMIT_BYTES =
      AttributeWriter.of(LogAttribute.TRANSMIT_BYTES);
  private static final AttributeWriter RECEIVE_BYTES =
      AttributeWriter.of(LogAttribute.RECEIVE_BYTES);
  private static final AttributeWriter TRANSMIT_SEGMENTS =
      AttributeWriter.of(LogAttribute.TRANSMIT_SEGMENTS);
  private static final AttributeWriter RECEIVE_SEGMENTS =
      AttributeWriter.of(LogAttribute.RECEIVE_SEGMENTS);
  private static final AttributeWriter RETRANSMITS = AttributeWriter.of(LogAttribute.RETRANSMITS);
  private static final AttributeWriter RTT_SMOOTHED = AttributeWriter.of(LogAttribute.RTT_SMOOTHED);
  private static final AttributeWriter RTT_MIN = AttributeWriter.of(LogAttribute.RTT_MIN);
  private static final AttributeWriter MSS = AttributeWriter.of(LogAttribute.MSS);

  private static final ConstantBytes TCP =
      AttributeWriter.of(LogAttribute.NETWORK_TRANSPORT).of("tcp");
  private static final ConstantBytes IPV4 =
      AttributeWriter.of(LogAttribute.NETWORK_TYPE).of("ipv4");
  private static final ConstantBytes IPV6 =
      AttributeWriter.of(LogAttribute.NETWORK_TYPE).of("ipv6");
  private static final ConstantBytes ESTABLISHED =
      AttributeWriter.of(LogAttribute.CONNECTION_ESTABLISHED).of(true);
  private static final ConstantBytes NOT_ESTABLISHED =
      AttributeWriter.of(LogAttribute.CONNECTION_ESTABLISHED).of(false);
  private static final ConstantBytes PREEXISTING =
      AttributeWriter.of(LogAttribute.CONNECTION_PREEXISTING).of(true);
  private static final ConstantBytes[] STATES =
      AttributeWriter.of(LogAttribute.NETWORK_CONNECTION_STATE)
          .of(TcpState.values(), TcpState::value);
  private static final ConstantBytes[] ROLES =
      AttributeWriter.of(LogAttribute.CONNECTION_ROLE)
          .of(ConnectionRole.values(), ConnectionRole::value);
  private static final ConstantBytes[] ERRORS =
      AttributeWriter.of(LogAttribute.ERROR_TYPE).of(ErrorType.values(), ErrorType::value);
  private static final ConstantBytes[] EVENTS =
      Arrays.stream(LogEvent.values()).map(LogEncoder::eventName).toArray(ConstantBytes[]::new);

  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final WireWriter to = new WireWriter();
  private final BodyText body = new BodyText();
  private final ProcessEncoder process = new ProcessEncoder();
  private final PeerEncoder peers;
  private final byte[] text = new byte[IpAddress.MAX_TEXT_BYTES];

  private static int maxRecordBytes() {
    int key = 1;
    int length = 2;
    int bytes = key + length + 2 * (key + Long.BYTES) + key + 1; // both times, and the severity
    bytes += 2 * (key + length) + BodyText.MAX_BYTES;
    for (LogAttribute attribute : LogAttribute.values()) {
      bytes += AttributeWriter.longestBytes(attribute);
    }
    int longestName = 0;
    for (LogEvent event : LogEvent.values()) {
      longestName = Math.max(longestName, eventName(event).length());
    }
    return bytes + longestName + ConstantBytes.OVERWRITTEN;
  }

  /**
   * @param workloads to which the records belong
   */
  public LogEncoder(WorkloadTable workloads) {
    this.peers = new PeerEncoder(workloads);
  }

  /** The names of peers from now on. */
  public void setPeerNames(PeerNames names) {
    peers.setNames(names);
  }

  private static ConstantBytes eventName(LogEvent event) {
    WireWriter to = new WireWriter();
    to.moveTo(new byte[64], 0);
    to.string(EVENT_NAME, event.key().getBytes(StandardCharsets.US_ASCII), event.key().length());
    return ConstantBytes.of(to.bytes, to.at);
  }

  /** Whether another record, of this resource, is sure to fit. */
  public static boolean hasRoom(LogBatch batch, ResourceHead head) {
    return batch.hasRoom(MAX_RECORD_BYTES, head);
  }

  /**
   * Appends a report about a connection to {@code batch}, which has room and was told whose it is;
   * the record's kind tells the event.
   *
   * @param error null if it ended well, or has not ended
   * @param peer the workload of the other end; null if it is unknown
   * @param timeNs wall clock of the report, ns since 1970
   * @param observedNs wall clock when the record was taken from the ring
   */
  public void append(
      LogBatch batch,
      ConnectionRecord connection,
      ErrorType error,
      Workload peer,
      long timeNs,
      long observedNs) {
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
    if (error != ErrorType.UNOBSERVED) {
      writeProgress(connection);
      if (event != LogEvent.START) {
        writeTotals(connection);
        DelayEncoder.write(to, connection, error);
      }
    }
    process.write(to, connection);
    peers.write(to, connection, peer);
    to.fixed64(OBSERVED_TIME_UNIX_NANO, observedNs);
    to.constant(EVENTS[event.ordinal()]);
    int length = to.at - lengthAt - 2;
    batch.bytes[lengthAt] = (byte) (length | 0x80);
    batch.bytes[lengthAt + 1] = (byte) (length >> 7);
    batch.added(to.at);
  }

  /** {@code LogRecord.body}, an {@code AnyValue} with a string. */
  private void writeBody(
      ConnectionRecord connection, LogEvent event, ConnectionRole role, ErrorType error) {
    body.write(connection, event, role, error);
    to.raw(BODY);
    to.varint(1 + WireWriter.varintBytes(body.length()) + body.length());
    to.string(1, body.bytes(), body.length());
  }

  private void writeEnds(ConnectionRecord connection, ConnectionRole role, ErrorType error) {
    to.constant(TCP);
    to.constant(connection.type() == ConnectionRecord.IPV4 ? IPV4 : IPV6);
    int length = connection.writeLocalAddress(text, 0);
    NETWORK_LOCAL_ADDRESS.writeString(to, text, length);
    NETWORK_LOCAL_PORT.writeInt(to, connection.localPort());
    length = connection.writePeerAddress(text, 0);
    NETWORK_PEER_ADDRESS.writeString(to, text, length);
    NETWORK_PEER_PORT.writeInt(to, connection.peerPort());
    if (role != ConnectionRole.UNKNOWN) {
      SERVER_PORT.writeInt(to, role.serverPort(connection));
    }
    if (error != null) {
      to.constant(ERRORS[error.ordinal()]);
    }
    writeConnectionId(connection.connectionId());
    to.constant(ROLES[role.ordinal()]);
  }

  private void writeConnectionId(long id) {
    for (int i = 0; i < 16; i++) {
      text[i] = HEX[(int) (id >>> 60 - 4 * i) & 0xf];
    }
    CONNECTION_ID.writeString(to, text, 16);
  }

  /** A state that this program does not know, of a newer kernel, is left out. */
  private void writeState(ConnectionRecord connection) {
    TcpState state = TcpState.of(connection.state());
    if (state != null) {
      to.constant(STATES[state.ordinal()]);
    }
  }

  private void writeProgress(ConnectionRecord connection) {
    to.constant(connection.connSuccess() ? ESTABLISHED : NOT_ESTABLISHED);
    CONNECTION_DURATION.writeDouble(to, connection.durationNs() / 1e9);
    if (connection.preexisting()) {
      to.constant(PREEXISTING);
    }
  }

  private void writeTotals(ConnectionRecord connection) {
    TRANSMIT_BYTES.writeInt(to, connection.sentBytes());
    RECEIVE_BYTES.writeInt(to, connection.receivedBytes());
    TRANSMIT_SEGMENTS.writeInt(to, connection.segsOut());
    RECEIVE_SEGMENTS.writeInt(to, connection.segsIn());
    RETRANSMITS.writeInt(to, connection.totalRetrans());
    if (connection.srttNs() != 0) {
      RTT_SMOOTHED.writeDouble(to, connection.srttNs() / 1e9);
    }
    if (connection.rttMinUs() != 0) {
      RTT_MIN.writeDouble(to, connection.rttMinUs() / 1e6);
    }
    if (connection.mssCache() != 0) {
      MSS.writeInt(to, connection.mssCache());
    }
  }
}
