// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;

/** Requests whose fields all differ, so that none can stand for another. */
final class OtlpFixtures {
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
    return parse(
        """
        time_unix_nano: 1700000000001000001
        observed_time_unix_nano: 1700000000002000002
        severity_number: SEVERITY_NUMBER_WARN
        severity_text: "warning"
        body { string_value: "tcp client <10.0.0.1:5000> -> 'café'" }
        attributes { key: "traceId" value { string_value: "not-an-id" } }
        attributes { key: "big" value { int_value: 9223372036854775807 } }
        attributes { key: "ratio" value { double_value: 0.000812 } }
        attributes { key: "yes" value { bool_value: true } }
        attributes { key: "raw" value { bytes_value: "\\xfb\\xff" } }
        attributes {
          key: "list"
          value { array_value { values { string_value: "one" } values { int_value: -2 } } }
        }
        attributes {
          key: "map"
          value { kvlist_value { values { key: "inner" value { int_value: 3 } } } }
        }
        dropped_attributes_count: 4
        flags: 1
        trace_id: "\\xfb\\xff34567890123456"
        span_id: "log-span"
        event_name: "tcpotel.connection.end"
        """,
        LogRecord.class);
  }

  static Metric sum() {
    return parse(
        """
        name: "tcpotel.io.bytes"
        description: "Bytes"
        unit: "By"
        sum {
          is_monotonic: true
          aggregation_temporality: AGGREGATION_TEMPORALITY_CUMULATIVE
          data_points {
            attributes { key: "server.port" value { int_value: 443 } }
            start_time_unix_nano: 1700000000000000008
            time_unix_nano: 1700000000000000443
            as_int: 9007199254740993
            flags: 1
            exemplars {
              time_unix_nano: 1700000000000000003
              as_double: 2.5
              trace_id: "1111111111111111"
              span_id: "22222222"
            }
          }
          data_points {
            attributes { key: "server.port" value { int_value: 80 } }
            start_time_unix_nano: 1700000000000000008
            time_unix_nano: 1700000000000000080
            as_double: 0
          }
        }
        """,
        Metric.class);
  }

  static Metric gauge() {
    return parse(
        """
        name: "tcpotel.connection.active"
        gauge {
          data_points {
            attributes { key: "b" value { int_value: 1 } }
            start_time_unix_nano: 1700000000000000008
            time_unix_nano: 1700000000000000001
            as_double: 1.5
          }
        }
        """,
        Metric.class);
  }

  static Metric histogram() {
    return parse(
        """
        name: "tcpotel.rtt"
        unit: "s"
        histogram {
          aggregation_temporality: AGGREGATION_TEMPORALITY_DELTA
          data_points {
            attributes { key: "z" value { string_value: "last" } }
            attributes { key: "a" value { string_value: "first" } }
            start_time_unix_nano: 1700000000000000004
            time_unix_nano: 1700000000000000005
            count: 7
            sum: 0.25
            bucket_counts: [6, 1, 0]
            explicit_bounds: [0.001, 10]
            min: 0
            max: 0.125
          }
        }
        """,
        Metric.class);
  }

  static Metric exponentialHistogram() {
    return parse(
        """
        name: "tcpotel.connection.duration"
        unit: "s"
        exponential_histogram {
          data_points {
            time_unix_nano: 1700000000000000006
            count: 3
            scale: -1
            zero_count: 2
            positive { offset: 8 bucket_counts: 1 }
          }
        }
        """,
        Metric.class);
  }

  static Metric summary() {
    return parse(
        """
        name: "legacy"
        unit: "ms"
        summary { data_points { count: 4 sum: 1e20 quantile_values { quantile: 0.5 value: 16 } } }
        """,
        Metric.class);
  }

  static Span span() {
    return parse(
        """
        trace_id: "\\xfb\\xff34567890123456"
        span_id: "own-span"
        parent_span_id: "dad-span"
        trace_state: "k=v"
        flags: 256
        name: "tcp connection 5432"
        kind: SPAN_KIND_CLIENT
        start_time_unix_nano: 1700000000000000000
        end_time_unix_nano: 1700000000012345678
        attributes { key: "server.port" value { int_value: 5432 } }
        dropped_attributes_count: 5
        events {
          time_unix_nano: 1700000000000000007
          name: "established"
          dropped_attributes_count: 6
        }
        links { trace_id: "cccccccccccccccc" span_id: "dddddddd" flags: 512 }
        status { code: STATUS_CODE_ERROR message: "connection_refused" }
        """,
        Span.class);
  }

  private static <T extends Message> T parse(String text, Class<T> type) {
    try {
      return TextFormat.parse(text, type);
    } catch (TextFormat.ParseException e) {
      throw new AssertionError(text, e);
    }
  }

  static KeyValue attribute(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  static AnyValue text(String text) {
    return AnyValue.newBuilder().setStringValue(text).build();
  }

  /** {@code core} inside of so many maps. */
  static AnyValue nested(int depth, AnyValue core) {
    return depth == 0 ? core : map(List.of(attribute("m", nested(depth - 1, core))));
  }

  static AnyValue map(List<KeyValue> members) {
    return AnyValue.newBuilder()
        .setKvlistValue(KeyValueList.newBuilder().addAllValues(members))
        .build();
  }

  private static Resource resource(String host) {
    return Resource.newBuilder().addAttributes(attribute("host.name", text(host))).build();
  }

  private static InstrumentationScope scope(String name) {
    return InstrumentationScope.newBuilder().setName(name).setVersion(name + "-1").build();
  }
}
