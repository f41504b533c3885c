// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes access-log records as the bytes of OTLP's {@code LogRecord}, straight from the ring's
 * record. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class LogEncoder implements RecordEncoder {
  /** More than any record takes: all attributes with their longest values, the longest body. */
  public static final int MAX_RECORD_BYTES = maxRecordBytes();

  private static final int SEVERITY_WARN = 13;

  private static final byte LOG_RECORDS = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte SEVERITY_NUMBER = WireWriter.key(2, WireWriter.VARINT);
  private static final byte BODY = WireWriter.key(5, WireWriter.LENGTH_DELIMITED);

  /** Of the {@code AnyValue} in the body. */
  private static final byte STRING_VALUE = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);

  private static final int TIME_UNIX_NANO = 1;
  private static final int ATTRIBUTES = 6;
  private static final int OBSERVED_TIME_UNIX_NANO = 11;
  private static final int EVENT_NAME = 12;

  private static final ConstantBytes[] EVENTS =
      Arrays.stream(LogEvent.values()).map(LogEncoder::eventName).toArray(ConstantBytes[]::new);

  private final AddressUse addresses;
  private final AttributeOutput to;

  /** Null if records have none. */
  private final LogBody body;

  private final ConnectionAttributes attributes;
  private final RecordPart[] parts;
  private final IdEncoder ids;
  private final SamplingEncoder sampling = new SamplingEncoder();

  private static int maxRecordBytes() {
    int key = 1;
    int length = 2;
    int bytes = key + length + 2 * (key + Long.BYTES) + key + 1; // both times, and the severity
    bytes += 2 * (key + length) + LogBody.MAX_BYTES + ConnectionAttributes.MAX_BYTES;
    bytes += IdEncoder.MAX_BYTES;
    int longestName = 0;
    for (LogEvent event : LogEvent.values()) {
      longestName = Math.max(longestName, eventName(event).length());
    }
    return bytes + longestName + ConstantBytes.OVERWRITTEN;
  }

  /**
   * With the default content.
   *
   * @param workloads to which the records belong
   */
  public LogEncoder(WorkloadTable workloads) {
    this(workloads, LogContent.DEFAULT);
  }

  /**
   * @param workloads to which the records belong
   */
  public LogEncoder(WorkloadTable workloads, LogContent content) {
    this.addresses = content.addresses();
    this.to = new AttributeOutput(ATTRIBUTES, content.attributes());
    this.body = content.body().newBody();
    this.attributes = new ConnectionAttributes(to, workloads);
    List<RecordPart> all = new ArrayList<>(attributes.parts());
    if (body != null) {
      all.add(0, this::writeBody);
    }
    this.parts = all.toArray(RecordPart[]::new);
    this.ids = new IdEncoder(content.ids());
  }

  @Override
  public AddressUse addresses() {
    return addresses;
  }

  @Override
  public String items() {
    return "log records";
  }

  @Override
  public void setPeerNames(PeerNames names) {
    attributes.setPeerNames(names);
  }

  private static ConstantBytes eventName(LogEvent event) {
    WireWriter to = new WireWriter();
    to.moveTo(new byte[64], 0);
    to.string(EVENT_NAME, event.key().getBytes(StandardCharsets.US_ASCII), event.key().length());
    return ConstantBytes.of(to.bytes, to.at);
  }

  /** The record's kind tells the event. */
  @Override
  public void append(
      RecordBatch batch,
      ConnectionRecord connection,
      ErrorType error,
      Workload peer,
      long timeNs,
      long observedNs) {
    ConnectionRole role = ConnectionRole.of(connection);
    LogEvent event = LogEvent.of(connection);
    int begin = batch.beginRecord(to, LOG_RECORDS);
    to.fixed64(TIME_UNIX_NANO, timeNs);
    to.raw(SEVERITY_NUMBER);
    to.raw(error == null ? event.severityNumber() : SEVERITY_WARN);
    LimitedBy limit = event == LogEvent.START ? null : LimitedBy.of(connection);
    for (RecordPart part : parts) {
      part.write(connection, event, role, error, limit, peer, timeNs);
    }
    sampling.write(to, connection, ids.isWritten(connection));
    ids.write(to, connection);
    to.fixed64(OBSERVED_TIME_UNIX_NANO, observedNs);
    to.constant(EVENTS[event.ordinal()]);
    batch.endRecord(to, begin);
  }

  /**
   * {@code LogRecord.body}, an {@code AnyValue} with a string. The text is written behind room for
   * lengths of two bytes, which most have, and moved where one is enough.
   */
  private void writeBody(
      ConnectionRecord connection,
      LogEvent event,
      ConnectionRole role,
      ErrorType error,
      LimitedBy limit,
      Workload peer,
      long timeNs) {
    to.raw(BODY);
    int textAt = to.at + 2 + 1 + 2;
    body.moveTo(to.bytes, textAt);
    body.write(connection, event, role, error, limit, timeNs);
    int length = body.length();
    to.varint(1 + WireWriter.varintBytes(length) + length);
    to.raw(STRING_VALUE);
    to.varint(length);
    if (to.at != textAt) {
      System.arraycopy(to.bytes, textAt, to.bytes, to.at, length);
    }
    to.at += length;
  }
}
