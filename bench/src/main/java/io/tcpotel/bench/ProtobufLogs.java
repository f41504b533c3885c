// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.telemetry.BodyText;
import io.tcpotel.telemetry.LogAttribute;
import io.tcpotel.telemetry.LogEvent;
import java.util.HexFormat;

/** The same log records by protobuf's own builders. */
final class ProtobufLogs {
  private final BodyText body = new BodyText();
  private ScopeLogs.Builder records = ScopeLogs.newBuilder();

  void append(ConnectionRecord end, ErrorType error, long timeNs, long observedNs) {
    ConnectionRole role = ConnectionRole.of(end);
    body.write(end, LogEvent.END, role, error, LimitedBy.of(end));
    LogRecord.Builder to =
        LogRecord.newBuilder()
            .setTimeUnixNano(timeNs)
            .setObservedTimeUnixNano(observedNs)
            .setEventName(LogEvent.END.key())
            .setSeverityNumber(
                error == null
                    ? SeverityNumber.SEVERITY_NUMBER_INFO
                    : SeverityNumber.SEVERITY_NUMBER_WARN)
            .setBody(AnyValue.newBuilder().setStringValue(body.toString()));
    addEnds(to, end, role, error);
    addTotals(to, end);
    records.addLogRecords(to);
  }

  /** The request of what was appended, as bytes; begins anew. */
  byte[] take() {
    byte[] request =
        ExportLogsServiceRequest.newBuilder()
            .addResourceLogs(ResourceLogs.newBuilder().addScopeLogs(records))
            .build()
            .toByteArray();
    records = ScopeLogs.newBuilder();
    return request;
  }

  private static void addEnds(
      LogRecord.Builder to, ConnectionRecord end, ConnectionRole role, ErrorType error) {
    add(to, LogAttribute.NETWORK_TRANSPORT, "tcp");
    add(to, LogAttribute.NETWORK_TYPE, end.type() == ConnectionRecord.IPV4 ? "ipv4" : "ipv6");
    add(to, LogAttribute.NETWORK_LOCAL_ADDRESS, end.localAddressText());
    add(to, LogAttribute.NETWORK_LOCAL_PORT, end.localPort());
    add(to, LogAttribute.NETWORK_PEER_ADDRESS, end.peerAddressText());
    add(to, LogAttribute.NETWORK_PEER_PORT, end.peerPort());
    if (role != ConnectionRole.UNKNOWN) {
      add(to, LogAttribute.SERVER_PORT, role.serverPort(end));
    }
    if (error != null) {
      add(to, LogAttribute.ERROR_TYPE, error.value());
    }
    add(to, LogAttribute.CONNECTION_ID, HexFormat.of().toHexDigits(end.connectionId()));
    add(to, LogAttribute.CONNECTION_ROLE, role.value());
    add(
        to,
        LogAttribute.CONNECTION_ESTABLISHED,
        AnyValue.newBuilder().setBoolValue(end.connSuccess()));
    add(to, LogAttribute.CONNECTION_DURATION, end.durationNs() / 1e9);
  }

  private static void addTotals(LogRecord.Builder to, ConnectionRecord end) {
    add(to, LogAttribute.TRANSMIT_BYTES, end.sentBytes());
    add(to, LogAttribute.RECEIVE_BYTES, end.receivedBytes());
    add(to, LogAttribute.TRANSMIT_SEGMENTS, end.segsOut());
    add(to, LogAttribute.RECEIVE_SEGMENTS, end.segsIn());
    add(to, LogAttribute.RETRANSMITS, end.totalRetrans());
    if (end.srttEighthUs() != 0) {
      add(to, LogAttribute.RTT_SMOOTHED, end.srttNs() / 1e9);
    }
    if (end.rttMinUs() != 0) {
      add(to, LogAttribute.RTT_MIN, end.rttMinUs() / 1e6);
    }
    if (end.mssCache() != 0) {
      add(to, LogAttribute.MSS, end.mssCache());
    }
  }

  private static void add(LogRecord.Builder to, LogAttribute key, String value) {
    add(to, key, AnyValue.newBuilder().setStringValue(value));
  }

  private static void add(LogRecord.Builder to, LogAttribute key, long value) {
    add(to, key, AnyValue.newBuilder().setIntValue(value));
  }

  private static void add(LogRecord.Builder to, LogAttribute key, double value) {
    add(to, key, AnyValue.newBuilder().setDoubleValue(value));
  }

  private static void add(LogRecord.Builder to, LogAttribute key, AnyValue.Builder value) {
    to.addAttributes(KeyValue.newBuilder().setKey(key.key()).setValue(value));
  }
}
