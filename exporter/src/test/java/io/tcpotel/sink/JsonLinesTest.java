// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  @AutoClose private OtlpReceiver receiver;
  @AutoClose private OtlpSender sender;

  @BeforeEach
  void start() throws IOException {
    receiver =
        OtlpReceiver.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            OtlpReceiver.DEFAULT_MAX_MESSAGE_BYTES,
            new JsonLines(new LineOutput(stdout, () -> {})));
    sender = OtlpSender.to(receiver.port());
  }

  @Test
  void logsAreOneLineOfOtlpJson() {
    sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord()));

    assertThat(written())
        .isEqualTo(
            """
            {"resourceLogs":[{\
            "resource":{"attributes":[{"key":"host.name","value":{"stringValue":"logs-host"}}]},\
            "scopeLogs":[{\
            "scope":{"name":"logs-scope","version":"logs-scope-1"},\
            "logRecords":[{\
            "timeUnixNano":"1700000000001000001",\
            "severityNumber":13,\
            "severityText":"warning",\
            "body":{"stringValue":"tcp client <10.0.0.1:5000> -> 'café'"},\
            "attributes":[\
            {"key":"traceId","value":{"stringValue":"not-an-id"}},\
            {"key":"big","value":{"intValue":"9223372036854775807"}},\
            {"key":"ratio","value":{"doubleValue":8.12E-4}},\
            {"key":"yes","value":{"boolValue":true}},\
            {"key":"raw","value":{"bytesValue":"+/8="}},\
            {"key":"list","value":{"arrayValue":{"values":[\
            {"stringValue":"one"},{"intValue":"-2"}]}}},\
            {"key":"map","value":{"kvlistValue":{"values":[\
            {"key":"inner","value":{"intValue":"3"}}]}}}],\
            "droppedAttributesCount":4,\
            "flags":1,\
            "traceId":"fbff0102030405060708090a0b0c0d0e",\
            "spanId":"f1f2f3f4f5f6f7f8",\
            "observedTimeUnixNano":"1700000000002000002",\
            "eventName":"tcpotel.connection.end"}],\
            "schemaUrl":"https://schema/2"}],\
            "schemaUrl":"https://schema/1"}]}
            """);
  }

  @Test
  void metricsAreOneLineOfOtlpJson() {
    sender.send(OtlpFixtures.metrics(OtlpFixtures.sum(), OtlpFixtures.histogram()));

    assertThat(written())
        .isEqualTo(
            """
            {"resourceMetrics":[{\
            "resource":{"attributes":[{"key":"host.name","value":{"stringValue":"metrics-host"}}]},\
            "scopeMetrics":[{\
            "scope":{"name":"metrics-scope","version":"metrics-scope-1"},\
            "metrics":[{\
            "name":"tcpotel.io.bytes","description":"Bytes","unit":"By",\
            "sum":{"dataPoints":[{\
            "startTimeUnixNano":"1700000000000000008",\
            "timeUnixNano":"1700000000000000443",\
            "exemplars":[{\
            "timeUnixNano":"1700000000000000003","asDouble":2.5,\
            "spanId":"2222222222222222","traceId":"11111111111111111111111111111111"}],\
            "asInt":"9007199254740993",\
            "attributes":[{"key":"server.port","value":{"intValue":"443"}}],\
            "flags":1},{\
            "startTimeUnixNano":"1700000000000000008",\
            "timeUnixNano":"1700000000000000080",\
            "asDouble":0.0,\
            "attributes":[{"key":"server.port","value":{"intValue":"80"}}]}],\
            "aggregationTemporality":2,"isMonotonic":true}},{\
            "name":"tcpotel.rtt","unit":"s",\
            "histogram":{"dataPoints":[{\
            "startTimeUnixNano":"1700000000000000004",\
            "timeUnixNano":"1700000000000000005",\
            "count":"7","sum":0.25,\
            "bucketCounts":["6","1","0"],"explicitBounds":[0.001,10.0],\
            "attributes":[\
            {"key":"z","value":{"stringValue":"last"}},\
            {"key":"a","value":{"stringValue":"first"}}],\
            "min":0.0,"max":0.125}],\
            "aggregationTemporality":1}}],\
            "schemaUrl":"https://schema/4"}],\
            "schemaUrl":"https://schema/3"}]}
            """);
  }

  @Test
  void spansAreOneLineOfOtlpJson() {
    sender.send(OtlpFixtures.traces(OtlpFixtures.span()));

    assertThat(written())
        .isEqualTo(
            """
            {"resourceSpans":[{\
            "resource":{"attributes":[{"key":"host.name","value":{"stringValue":"traces-host"}}]},\
            "scopeSpans":[{\
            "scope":{"name":"traces-scope","version":"traces-scope-1"},\
            "spans":[{\
            "traceId":"fbff0102030405060708090a0b0c0d0e",\
            "spanId":"a1a2a3a4a5a6a7a8",\
            "traceState":"k=v",\
            "parentSpanId":"b1b2b3b4b5b6b7b8",\
            "name":"tcp connection 5432",\
            "kind":3,\
            "startTimeUnixNano":"1700000000000000000",\
            "endTimeUnixNano":"1700000000012345678",\
            "attributes":[{"key":"server.port","value":{"intValue":"5432"}}],\
            "droppedAttributesCount":5,\
            "events":[{"timeUnixNano":"1700000000000000007","name":"established",\
            "droppedAttributesCount":6}],\
            "links":[{"traceId":"c1c2c3c4c5c6c7c8c9cacbcccdcecfc0","spanId":"d1d2d3d4d5d6d7d8",\
            "flags":512}],\
            "status":{"message":"connection_refused","code":2},\
            "flags":256}],\
            "schemaUrl":"https://schema/6"}],\
            "schemaUrl":"https://schema/5"}]}
            """);
  }

  @Test
  void theDeepestBodyThatParsesIsWritten() {
    LogRecord.Builder record = LogRecord.newBuilder();
    record.setBody(OtlpFixtures.nested(30, OtlpFixtures.text("core")));

    sender.send(OtlpFixtures.logs(record.build()));

    assertThat(written()).contains("{\"stringValue\":\"core\"}").endsWith("}]}\n");
  }

  @Test
  void anEmptyRequestIsAcceptedAndGivesNoLine() {
    sender.send(ExportLogsServiceRequest.getDefaultInstance());

    assertThat(written()).isEmpty();
    assertThat(receiver.totals().requests()).isEqualTo(1);
  }

  private String written() {
    return stdout.toString(StandardCharsets.UTF_8);
  }
}
