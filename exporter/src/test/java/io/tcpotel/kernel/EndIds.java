// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairIds;
import io.tcpotel.telemetry.EncodedLogs;
import io.tcpotel.testing.RecordImage;
import java.util.HexFormat;
import java.util.List;

/**
 * The ids of one end, as its log record has them; computed for each end anew, from its own record.
 *
 * @param parentSpanId of its span; empty for a root
 */
record EndIds(String traceId, String spanId, String parentSpanId) {
  static EndIds of(ConnectionRecord end) {
    List<RecordImage> images = List.of(RecordImage.of(end));
    LogRecord log =
        EncodedLogs.parse(EncodedLogs.request(Resource.empty(), images))
            .getResourceLogs(0)
            .getScopeLogs(0)
            .getLogRecords(0);
    return new EndIds(traceId(log), spanId(log), parentSpanId(end));
  }

  static String traceId(LogRecord log) {
    return HexFormat.of().formatHex(log.getTraceId().toByteArray());
  }

  static String spanId(LogRecord log) {
    return HexFormat.of().formatHex(log.getSpanId().toByteArray());
  }

  static String parentSpanId(ConnectionRecord end) {
    PairIds ids = new PairIds();
    ids.take(end);
    return ids.parentSpanId() == 0 ? "" : HexFormat.of().toHexDigits(ids.parentSpanId());
  }

  /** Of a record of any kind, which its log record has only with a key. */
  static String traceIdOfAny(ConnectionRecord record) {
    PairIds ids = new PairIds();
    ids.take(record);
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(ids.traceIdHigh()) + hex.toHexDigits(ids.traceIdLow());
  }

  void assertServerOf(EndIds client) {
    assertThat(traceId).matches("[0-9a-f]{32}").isEqualTo(client.traceId);
    assertThat(spanId).matches("[0-9a-f]{16}").isNotEqualTo(client.spanId);
    assertThat(parentSpanId).isEqualTo(client.spanId);
    assertThat(client.parentSpanId).isEmpty();
  }
}
