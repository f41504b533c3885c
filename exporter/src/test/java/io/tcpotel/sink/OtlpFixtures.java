// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.util.HexFormat;
import java.util.List;

/** Requests whose fields all differ, so that none can stand for another. */
final class OtlpFixtures {
  private static final long SECOND_NS = 1_700_000_000_000_000_000L;

  private OtlpFixtures() {}

  static ExportLogsServiceRequest logs(LogRecord... records) {
    return ExportLogsServiceRequest.newBuilder()
        .addResourceLogs(
            ResourceLogs.newBuilder()
                .setResource(resource("logs-host"))
                .setSchemaUrl("https://schema/1")
                .addScopeLogs(
                    ScopeLogs.newBuilder()
                        .setScope(scope("logs-scope"))
                        .setSchemaUrl("https://schema/2")
                        .addAllLogRecords(List.of(records))))
        .build();
  }

  static ExportMetricsServiceRequest metrics(Metric... metrics) {
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(resource("metrics-host"))
                .setSchemaUrl("https://schema/3")
                .addScopeMetrics(
                    ScopeMetrics.newBuilder()
                        .setScope(scope("metrics-scope"))
                        .setSchemaUrl("https://schema/4")
                        .addAllMetrics(List.of(metrics))))
        .build();
  }

  static ExportTraceServiceRequest traces(Span... spans) {
    return ExportTraceServiceRequest.newBuilder()
        .addResourceSpans(
            ResourceSpans.newBuilder()
                .setResource(resource("traces-host"))
                .setSchemaUrl("https://schema/5")
                .addScopeSpans(
                    ScopeSpans.newBuilder()
                        .setScope(scope("traces-scope"))
                        .setSchemaUrl("https://schema/6")
                        .addAllSpans(List.of(spans))))
        .build();
  }

  static LogRecord logRecord() {
    return LogRecord.newBuilder()
        .setTimeUnixNano(SECOND_NS + 1_000_001)
        .setObservedTimeUnixNano(SECOND_NS + 2_000_002)
        .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_WARN)
        .setSeverityText("warning")
        .setBody(text("tcp client <10.0.0.1:5000> -> 'café'"))
        .addAttributes(attribute("traceId", text("not-an-id")))
        .addAttributes(attribute("big", integer(Long.MAX_VALUE)))
        .addAttributes(attribute("ratio", AnyValue.newBuilder().setDoubleValue(0.000812).build()))
        .addAttributes(attribute("yes", AnyValue.newBuilder().setBoolValue(true).build()))
        .addAttributes(attribute("raw", AnyValue.newBuilder().setBytesValue(bytes("fbff")).build()))
        .addAttributes(attribute("list", array(text("one"), integer(-2))))
        .addAttributes(attribute("map", map(List.of(attribute("inner", integer(3))))))
        .setDroppedAttributesCount(4)
        .setFlags(1)
        .setTraceId(bytes("fbff0102030405060708090a0b0c0d0e"))
        .setSpanId(bytes("f1f2f3f4f5f6f7f8"))
        .setEventName("tcpotel.connection.end")
        .build();
  }

  static Metric sum() {
    return Metric.newBuilder()
        .setName("tcpotel.io.bytes")
        .setDescription("Bytes")
        .setUnit("By")
        .setSum(
            Sum.newBuilder()
                .setIsMonotonic(true)
                .setAggregationTemporality(
                    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE)
                .addDataPoints(
                    point("server.port", 443)
                        .setAsInt(9_007_199_254_740_993L)
                        .setFlags(1)
                        .addExemplars(
                            Exemplar.newBuilder()
                                .setTimeUnixNano(SECOND_NS + 3)
                                .setAsDouble(2.5)
                                .setTraceId(bytes("11111111111111111111111111111111"))
                                .setSpanId(bytes("2222222222222222"))))
                .addDataPoints(point("server.port", 80).setAsDouble(0)))
        .build();
  }

  static Metric gauge() {
    return Metric.newBuilder()
        .setName("tcpotel.connection.active")
        .setGauge(Gauge.newBuilder().addDataPoints(point("b", 1).setAsDouble(1.5)))
        .build();
  }

  static Metric histogram() {
    return Metric.newBuilder()
        .setName("tcpotel.rtt")
        .setUnit("s")
        .setHistogram(
            Histogram.newBuilder()
                .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)
                .addDataPoints(
                    HistogramDataPoint.newBuilder()
                        .addAttributes(attribute("z", text("last")))
                        .addAttributes(attribute("a", text("first")))
                        .setStartTimeUnixNano(SECOND_NS + 4)
                        .setTimeUnixNano(SECOND_NS + 5)
                        .setCount(7)
                        .setSum(0.25)
                        .addAllBucketCounts(List.of(6L, 1L, 0L))
                        .addAllExplicitBounds(List.of(0.001, 10.0))
                        .setMin(0.0)
                        .setMax(0.125)))
        .build();
  }

  static Metric exponentialHistogram() {
    return Metric.newBuilder()
        .setName("tcpotel.connection.duration")
        .setUnit("s")
        .setExponentialHistogram(
            ExponentialHistogram.newBuilder()
                .addDataPoints(
                    ExponentialHistogramDataPoint.newBuilder()
                        .setTimeUnixNano(SECOND_NS + 6)
                        .setCount(3)
                        .setScale(-1)
                        .setZeroCount(2)
                        .setPositive(
                            ExponentialHistogramDataPoint.Buckets.newBuilder()
                                .setOffset(8)
                                .addBucketCounts(1))))
        .build();
  }

  static Metric summary() {
    return Metric.newBuilder()
        .setName("legacy")
        .setUnit("ms")
        .setSummary(
            Summary.newBuilder()
                .addDataPoints(
                    SummaryDataPoint.newBuilder()
                        .setCount(4)
                        .setSum(1e20)
                        .addQuantileValues(
                            SummaryDataPoint.ValueAtQuantile.newBuilder()
                                .setQuantile(0.5)
                                .setValue(16))))
        .build();
  }

  static Span span() {
    return Span.newBuilder()
        .setTraceId(bytes("fbff0102030405060708090a0b0c0d0e"))
        .setSpanId(bytes("a1a2a3a4a5a6a7a8"))
        .setParentSpanId(bytes("b1b2b3b4b5b6b7b8"))
        .setTraceState("k=v")
        .setFlags(256)
        .setName("tcp connection 5432")
        .setKind(Span.SpanKind.SPAN_KIND_CLIENT)
        .setStartTimeUnixNano(SECOND_NS)
        .setEndTimeUnixNano(SECOND_NS + 12_345_678)
        .addAttributes(attribute("server.port", integer(5432)))
        .setDroppedAttributesCount(5)
        .addEvents(
            Span.Event.newBuilder()
                .setTimeUnixNano(SECOND_NS + 7)
                .setName("established")
                .setDroppedAttributesCount(6))
        .addLinks(
            Span.Link.newBuilder()
                .setTraceId(bytes("c1c2c3c4c5c6c7c8c9cacbcccdcecfc0"))
                .setSpanId(bytes("d1d2d3d4d5d6d7d8"))
                .setFlags(512))
        .setStatus(
            Status.newBuilder()
                .setCode(Status.StatusCode.STATUS_CODE_ERROR)
                .setMessage("connection_refused"))
        .build();
  }

  static KeyValue attribute(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  static AnyValue text(String text) {
    return AnyValue.newBuilder().setStringValue(text).build();
  }

  static AnyValue integer(long number) {
    return AnyValue.newBuilder().setIntValue(number).build();
  }

  /** {@code core} inside of so many maps. */
  static AnyValue nested(int depth, AnyValue core) {
    return depth == 0 ? core : map(List.of(attribute("m", nested(depth - 1, core))));
  }

  private static AnyValue array(AnyValue... values) {
    return AnyValue.newBuilder()
        .setArrayValue(ArrayValue.newBuilder().addAllValues(List.of(values)))
        .build();
  }

  static AnyValue map(List<KeyValue> members) {
    return AnyValue.newBuilder()
        .setKvlistValue(KeyValueList.newBuilder().addAllValues(members))
        .build();
  }

  private static NumberDataPoint.Builder point(String key, long value) {
    return NumberDataPoint.newBuilder()
        .addAttributes(attribute(key, integer(value)))
        .setStartTimeUnixNano(SECOND_NS + 8)
        .setTimeUnixNano(SECOND_NS + value);
  }

  private static Resource resource(String host) {
    return Resource.newBuilder().addAttributes(attribute("host.name", text(host))).build();
  }

  private static InstrumentationScope scope(String name) {
    return InstrumentationScope.newBuilder().setName(name).setVersion(name + "-1").build();
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }
}
