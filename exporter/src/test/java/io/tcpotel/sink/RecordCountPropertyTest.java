// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.UnknownFieldSet;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import io.tcpotel.telemetry.Signal;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class RecordCountPropertyTest {
  private record Request(Signal signal, byte[] body) {}

  @Property
  void countingEqualsParsing(@ForAll("requests") Request request) throws Exception {
    assertThat(counted(request)).isEqualTo(parsed(request));
  }

  @Property
  void whatStillParsesOfADamagedAndTornRequestIsCountedTheSame(
      @ForAll("requests") Request request,
      @ForAll int position,
      @ForAll byte damage,
      @ForAll int length) {
    byte[] body = request.body();
    byte[] torn = Arrays.copyOf(body, Math.floorMod(length, body.length + 1));
    checkIfItParses(new Request(request.signal(), torn));
    if (body.length > 0) {
      body[Math.floorMod(position, body.length)] = damage;
    }
    checkIfItParses(request);
  }

  @Property
  void aMetricOfTwoKindsIsCountedAsItParses(@ForAll("metricPairs") List<Metric> kinds)
      throws Exception {
    ByteString metric = ByteString.EMPTY;
    for (Metric kind : kinds) {
      metric = metric.concat(kind.toByteString());
    }
    ByteString body = submessage(1, submessage(2, submessage(2, metric)));
    Request request = new Request(Signal.METRICS, body.toByteArray());

    assertThat(counted(request)).isEqualTo(parsed(request));
  }

  private static void checkIfItParses(Request request) {
    long expected;
    try {
      expected = parsed(request);
    } catch (InvalidProtocolBufferException e) {
      countOrRefuse(request);
      return;
    }
    assertThat(countOrRefuse(request)).isEqualTo(expected);
  }

  /** Anything but a refusal of the right kind fails the test. */
  private static long countOrRefuse(Request request) {
    try {
      return counted(request);
    } catch (InvalidProtocolBufferException e) {
      return -1;
    }
  }

  private static long counted(Request request) throws InvalidProtocolBufferException {
    return RecordCount.of(request.signal(), request.body());
  }

  private static long parsed(Request request) throws InvalidProtocolBufferException {
    return switch (request.signal()) {
      case LOGS ->
          ExportLogsServiceRequest.parseFrom(request.body()).getResourceLogsList().stream()
              .flatMap(resource -> resource.getScopeLogsList().stream())
              .mapToLong(scope -> scope.getLogRecordsCount())
              .sum();
      case METRICS ->
          ExportMetricsServiceRequest.parseFrom(request.body()).getResourceMetricsList().stream()
              .flatMap(resource -> resource.getScopeMetricsList().stream())
              .flatMap(scope -> scope.getMetricsList().stream())
              .mapToLong(RecordCountPropertyTest::dataPoints)
              .sum();
      case TRACES ->
          ExportTraceServiceRequest.parseFrom(request.body()).getResourceSpansList().stream()
              .flatMap(resource -> resource.getScopeSpansList().stream())
              .mapToLong(scope -> scope.getSpansCount())
              .sum();
    };
  }

  private static long dataPoints(Metric metric) {
    return switch (metric.getDataCase()) {
      case GAUGE -> metric.getGauge().getDataPointsCount();
      case SUM -> metric.getSum().getDataPointsCount();
      case HISTOGRAM -> metric.getHistogram().getDataPointsCount();
      case EXPONENTIAL_HISTOGRAM -> metric.getExponentialHistogram().getDataPointsCount();
      case SUMMARY -> metric.getSummary().getDataPointsCount();
      default -> 0;
    };
  }

  private static ByteString submessage(int fieldNumber, ByteString content) {
    return UnknownFieldSet.newBuilder()
        .addField(
            fieldNumber, UnknownFieldSet.Field.newBuilder().addLengthDelimited(content).build())
        .build()
        .toByteString();
  }

  @Provide
  Arbitrary<Request> requests() {
    return Arbitraries.oneOf(
        envelopes(logRecords(), records -> OtlpFixtures.logs(records.toArray(LogRecord[]::new)))
            .map(body -> new Request(Signal.LOGS, body)),
        envelopes(metrics(), metrics -> OtlpFixtures.metrics(metrics.toArray(Metric[]::new)))
            .map(body -> new Request(Signal.METRICS, body)),
        envelopes(spans(), spans -> OtlpFixtures.traces(spans.toArray(Span[]::new)))
            .map(body -> new Request(Signal.TRACES, body)));
  }

  // Not three: when a kind comes back after another one, protobuf's Java parser revives what it
  // had.
  @Provide
  Arbitrary<List<Metric>> metricPairs() {
    return metrics().list().ofSize(2);
  }

  // Encoded messages that follow each other are one message: so come several resources and scopes.
  private static <T> Arbitrary<byte[]> envelopes(
      Arbitrary<T> element, Function<List<T>, MessageLite> envelope) {
    return element
        .list()
        .ofMaxSize(5)
        .map(elements -> envelope.apply(elements).toByteString())
        .list()
        .ofMaxSize(4)
        .map(parts -> ByteString.copyFrom(parts).toByteArray());
  }

  private static Arbitrary<LogRecord> logRecords() {
    LogRecord full = OtlpFixtures.logRecord();
    return Arbitraries.strings()
        .ofMaxLength(300)
        .map(body -> full.toBuilder().setBody(OtlpFixtures.text(body)).build());
  }

  private static Arbitrary<Metric> metrics() {
    return Arbitraries.of(
        OtlpFixtures.sum(),
        OtlpFixtures.gauge(),
        OtlpFixtures.histogram(),
        OtlpFixtures.exponentialHistogram(),
        OtlpFixtures.summary(),
        Metric.getDefaultInstance());
  }

  private static Arbitrary<Span> spans() {
    return Arbitraries.strings()
        .ofMaxLength(300)
        .map(name -> OtlpFixtures.span().toBuilder().setName(name).build());
  }
}
