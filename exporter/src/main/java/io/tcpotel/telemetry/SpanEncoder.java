// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.record.PairIds;
import io.tcpotel.record.PairKey;
import io.tcpotel.record.SamplingThreshold;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.util.EnumSet;
import java.util.Set;

/**
 * Writes connections that are over as the bytes of OTLP's {@code Span}, straight from the ring's
 * record. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class SpanEncoder implements RecordEncoder {
  /** The kinds of records that become spans: a span cannot change, so there is one at the end. */
  public static final Set<RecordKind> KINDS = EnumSet.of(RecordKind.CLOSE, RecordKind.FAILED);

  /** More than any span takes: all attributes with their longest values, the longest name. */
  static final int MAX_RECORD_BYTES;

  private static final byte SPANS = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final int TRACE_ID = 1;
  private static final int SPAN_ID = 2;
  private static final int PARENT_SPAN_ID = 4;
  private static final byte TRACE_STATE = WireWriter.key(3, WireWriter.LENGTH_DELIMITED);
  private static final byte NAME = WireWriter.key(5, WireWriter.LENGTH_DELIMITED);
  private static final byte KIND = WireWriter.key(6, WireWriter.VARINT);
  private static final int START_TIME_UNIX_NANO = 7;
  private static final int END_TIME_UNIX_NANO = 8;
  static final int ATTRIBUTES = 9;

  /** {@code SpanKind}: of a client, of a server, and INTERNAL of a role that is unknown. */
  private static final int KIND_CLIENT = 3;

  private static final int KIND_SERVER = 2;
  private static final int KIND_INTERNAL = 1;

  /** {@code status { code: ERROR }}. */
  private static final ConstantBytes STATUS_ERROR =
      ConstantBytes.of(
          new byte[] {WireWriter.key(15, WireWriter.LENGTH_DELIMITED), 2, WireWriter.key(3, 0), 2},
          4);

  /**
   * {@code flags}, of which the key has two bytes: whether the parent is remote is known (0x100),
   * and it is (0x200).
   */
  private static final ConstantBytes NO_REMOTE_PARENT =
      ConstantBytes.of(new byte[] {(byte) 0x85, 1, 0, 1, 0, 0}, 6);

  private static final ConstantBytes REMOTE_PARENT =
      ConstantBytes.of(new byte[] {(byte) 0x85, 1, 0, 3, 0, 0}, 6);

  /** In front of the threshold, in {@code trace_state}. */
  private static final ConstantBytes SAMPLED = ConstantBytes.ascii("ot=th:");

  private static final ConstantBytes NAME_OF_ALL = ConstantBytes.ascii("tcp connection");
  private static final ConstantBytes NAME_WITH_PORT = ConstantBytes.ascii("tcp connection ");

  /** Left out with the addresses. */
  private static final AttributeWriter SERVER_ADDRESS =
      AttributeWriter.named("server.address", LogAttribute.NETWORK_PEER_ADDRESS);

  static {
    int key = 1;
    int length = 2;
    int name = key + 1 + NAME_WITH_PORT.length() + DecimalText.MAX_BYTES;
    int times = 2 * (key + Long.BYTES);
    int others = key + 1 + STATUS_ERROR.length() + REMOTE_PARENT.length();
    MAX_RECORD_BYTES =
        key
            + length
            + WireWriter.IDS_BYTES
            + WireWriter.ID_BYTES
            + key
            + 1
            + SAMPLED.length()
            + SamplingEncoder.THRESHOLD_DIGITS
            + name
            + times
            + others
            + ConnectionAttributes.MAX_BYTES
            + AttributeWriter.longestBytes(SERVER_ADDRESS, LogAttribute.NETWORK_PEER_ADDRESS)
            + PeerEncoder.MAX_PEER_SERVICE_BYTES
            + ConstantBytes.OVERWRITTEN;
  }

  private final AddressUse addresses;
  private final AttributeOutput to;
  private final ConnectionAttributes attributes;
  private final RecordPart[] parts;
  private final PairKey key;
  private final byte[] text = new byte[HexText.BYTES];

  /**
   * @param workloads to which the records belong
   * @param content of log records, whose attributes spans have, too
   */
  public SpanEncoder(WorkloadTable workloads, LogContent content) {
    this.addresses = content.addresses();
    this.to = new AttributeOutput(ATTRIBUTES, selected(content.attributes()));
    this.attributes = new ConnectionAttributes(to, workloads);
    this.parts = attributes.parts().toArray(RecordPart[]::new);
    this.key = content.ids().key();
  }

  /** Start and end tell the duration; there is no event, and no log record. */
  static Set<LogAttribute> selected(Set<LogAttribute> ofLogs) {
    Set<LogAttribute> selected = EnumSet.noneOf(LogAttribute.class);
    selected.addAll(ofLogs);
    selected.remove(LogAttribute.CONNECTION_DURATION);
    selected.remove(LogAttribute.EVENT_NAME);
    selected.remove(LogAttribute.RECORD_UID);
    selected.remove(LogAttribute.CONNECTION_SEQUENCE);
    selected.remove(LogAttribute.SAMPLING_THRESHOLD);
    selected.remove(LogAttribute.SAMPLING_RANDOMNESS);
    return selected;
  }

  @Override
  public AddressUse addresses() {
    return addresses;
  }

  @Override
  public String items() {
    return "spans";
  }

  @Override
  public void setPeerNames(PeerNames names) {
    attributes.setPeerNames(names);
  }

  @Override
  public void append(
      RecordBatch batch,
      ConnectionRecord connection,
      ErrorType error,
      Workload peer,
      long timeNs,
      long observedNs) {
    ConnectionRole role = ConnectionRole.of(connection);
    int begin = batch.beginRecord(to, SPANS);
    PairIds ids = connection.pairIds(key);
    to.ids(TRACE_ID, SPAN_ID, ids);
    writeTraceState(connection);
    long parentId = ids.parentSpanId();
    boolean hasParent = parentId != 0;
    if (hasParent) {
      to.id(PARENT_SPAN_ID, parentId);
    }
    writeName(connection, role);
    to.raw(KIND);
    to.raw(kind(role));
    to.fixed64(START_TIME_UNIX_NANO, timeNs - connection.durationNs());
    to.fixed64(END_TIME_UNIX_NANO, timeNs);
    LimitedBy limit = LimitedBy.of(connection);
    for (RecordPart part : parts) {
      part.write(connection, LogEvent.END, role, error, limit, peer, timeNs);
    }
    writeServerAddress(connection, role);
    if (error != null) {
      to.constant(STATUS_ERROR);
    }
    to.constant(hasParent ? REMOTE_PARENT : NO_REMOTE_PARENT);
    batch.endRecord(to, begin);
  }

  private static int kind(ConnectionRole role) {
    return switch (role) {
      case CLIENT -> KIND_CLIENT;
      case SERVER -> KIND_SERVER;
      case UNKNOWN -> KIND_INTERNAL;
    };
  }

  /** With which threshold it was kept, if spans are thinned. */
  private void writeTraceState(ConnectionRecord connection) {
    long threshold = connection.samplingThreshold();
    if (threshold == SamplingThreshold.NONE) {
      return;
    }
    int digits = SamplingEncoder.writeThreshold(threshold, text);
    to.raw(TRACE_STATE);
    to.raw(SAMPLED.length() + digits);
    to.constant(SAMPLED);
    to.raw(text, digits);
  }

  private void writeName(ConnectionRecord connection, ConnectionRole role) {
    to.raw(NAME);
    int lengthAt = to.at++;
    if (role == ConnectionRole.UNKNOWN) {
      to.constant(NAME_OF_ALL);
    } else {
      to.constant(NAME_WITH_PORT);
      to.at = DecimalText.write(role.serverPort(connection), to.bytes, to.at);
    }
    to.bytes[lengthAt] = (byte) (to.at - lengthAt - 1);
  }

  private void writeServerAddress(ConnectionRecord connection, ConnectionRole role) {
    if (role != ConnectionRole.UNKNOWN) {
      SERVER_ADDRESS.writeAddress(
          to, role == ConnectionRole.CLIENT ? connection.peerText() : connection.localText());
    }
  }
}
