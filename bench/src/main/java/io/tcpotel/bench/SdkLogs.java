// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.context.Context;
import io.tcpotel.Release;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.telemetry.BodyText;
import io.tcpotel.telemetry.LogAttribute;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.Scope;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/** The same log records by the SDK's API, as its users write them: with what can be prepared. */
final class SdkLogs {
  private static final AttributeKey<String> TRANSPORT = text(LogAttribute.NETWORK_TRANSPORT);
  private static final AttributeKey<String> TYPE = text(LogAttribute.NETWORK_TYPE);
  private static final AttributeKey<String> LOCAL_ADDRESS =
      text(LogAttribute.NETWORK_LOCAL_ADDRESS);
  private static final AttributeKey<Long> LOCAL_PORT = number(LogAttribute.NETWORK_LOCAL_PORT);
  private static final AttributeKey<String> PEER_ADDRESS = text(LogAttribute.NETWORK_PEER_ADDRESS);
  private static final AttributeKey<Long> PEER_PORT = number(LogAttribute.NETWORK_PEER_PORT);
  private static final AttributeKey<Long> SERVER_PORT = number(LogAttribute.SERVER_PORT);
  private static final AttributeKey<String> ERROR_TYPE = text(LogAttribute.ERROR_TYPE);
  private static final AttributeKey<String> ID = text(LogAttribute.CONNECTION_ID);
  private static final AttributeKey<String> ROLE = text(LogAttribute.CONNECTION_ROLE);
  private static final AttributeKey<Boolean> ESTABLISHED =
      AttributeKey.booleanKey(LogAttribute.CONNECTION_ESTABLISHED.key());
  private static final AttributeKey<Double> DURATION = decimal(LogAttribute.CONNECTION_DURATION);
  private static final AttributeKey<Long> SENT = number(LogAttribute.TRANSMIT_BYTES);
  private static final AttributeKey<Long> RECEIVED = number(LogAttribute.RECEIVE_BYTES);
  private static final AttributeKey<Long> SEGMENTS_SENT = number(LogAttribute.TRANSMIT_SEGMENTS);
  private static final AttributeKey<Long> SEGMENTS_RECEIVED = number(LogAttribute.RECEIVE_SEGMENTS);
  private static final AttributeKey<Long> RETRANSMITS = number(LogAttribute.RETRANSMITS);
  private static final AttributeKey<Double> RTT = decimal(LogAttribute.RTT_SMOOTHED);
  private static final AttributeKey<Double> RTT_MIN = decimal(LogAttribute.RTT_MIN);
  private static final AttributeKey<Long> MSS = number(LogAttribute.MSS);

  private final Logger logger;
  private final BodyText body = new BodyText();

  SdkLogs(LoggerProvider provider) {
    logger =
        provider
            .loggerBuilder(Scope.CONNECTIONS)
            .setInstrumentationVersion(Release.VERSION)
            .setSchemaUrl(Scope.SCHEMA_URL)
            .build();
  }

  private static AttributeKey<String> text(LogAttribute attribute) {
    return AttributeKey.stringKey(attribute.key());
  }

  private static AttributeKey<Long> number(LogAttribute attribute) {
    return AttributeKey.longKey(attribute.key());
  }

  private static AttributeKey<Double> decimal(LogAttribute attribute) {
    return AttributeKey.doubleKey(attribute.key());
  }

  /**
   * Emits the end of a connection, with the ids of the span in {@code context}, if there is one.
   */
  void emit(
      ConnectionRecord end,
      ErrorType error,
      Attributes attributes,
      Context context,
      long timeNs,
      long observedNs) {
    body.write(end, LogEvent.END, ConnectionRole.of(end), error, LimitedBy.of(end));
    logger
        .logRecordBuilder()
        .setEventName(LogEvent.END.key())
        .setTimestamp(timeNs, TimeUnit.NANOSECONDS)
        .setObservedTimestamp(observedNs, TimeUnit.NANOSECONDS)
        .setSeverity(error == null ? Severity.INFO : Severity.WARN)
        .setBody(body.toString())
        .setAllAttributes(attributes)
        .setContext(context)
        .emit();
  }

  /** Of the log record, and of the span. */
  static Attributes attributes(ConnectionRecord end, ErrorType error) {
    ConnectionRole role = ConnectionRole.of(end);
    AttributesBuilder to = Attributes.builder();
    to.put(TRANSPORT, "tcp");
    to.put(TYPE, end.type() == ConnectionRecord.IPV4 ? "ipv4" : "ipv6");
    to.put(LOCAL_ADDRESS, end.localAddressText());
    to.put(LOCAL_PORT, end.localPort());
    to.put(PEER_ADDRESS, end.peerAddressText());
    to.put(PEER_PORT, end.peerPort());
    if (role != ConnectionRole.UNKNOWN) {
      to.put(SERVER_PORT, role.serverPort(end));
    }
    if (error != null) {
      to.put(ERROR_TYPE, error.value());
    }
    to.put(ID, HexFormat.of().toHexDigits(end.connectionId()));
    to.put(ROLE, role.value());
    to.put(ESTABLISHED, end.connSuccess());
    to.put(DURATION, end.durationNs() / 1e9);
    putTotals(to, end);
    return to.build();
  }

  private static void putTotals(AttributesBuilder to, ConnectionRecord end) {
    to.put(SENT, end.sentBytes());
    to.put(RECEIVED, end.receivedBytes());
    to.put(SEGMENTS_SENT, end.segsOut());
    to.put(SEGMENTS_RECEIVED, end.segsIn());
    to.put(RETRANSMITS, end.totalRetrans());
    if (end.srttEighthUs() != 0) {
      to.put(RTT, end.srttNs() / 1e9);
    }
    if (end.rttMinUs() != 0) {
      to.put(RTT_MIN, end.rttMinUs() / 1e6);
    }
    if (end.mssCache() != 0) {
      to.put(MSS, end.mssCache());
    }
  }
}
