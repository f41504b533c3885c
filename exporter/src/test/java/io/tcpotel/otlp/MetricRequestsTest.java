// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static io.opentelemetry.sdk.metrics.data.AggregationTemporality.CUMULATIVE;
import static io.opentelemetry.sdk.metrics.data.AggregationTemporality.DELTA;
import static io.tcpotel.otlp.ScriptedMetrics.sum;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tcpotel.Messages;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(Await.TEST_SECONDS)
class MetricRequestsTest {
  private static final long WAIT_MS = 10_000;
  private static final int SERIES = 200;

  private final ScriptedMetrics collector = new ScriptedMetrics();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private static void addSeries(ExportToCollector to) {
    LongCounter counter = to.export.meterProvider().get("test").counterBuilder("count").build();
    for (int i = 0; i < SERIES; i++) {
      counter.add(i + 1, Attributes.of(AttributeKey.stringKey("key"), "x".repeat(100) + i));
    }
  }

  private static ExportToCollector export(ScriptedCollector collector, int requestBytes) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(8 << 20, requestBytes, Duration.ofHours(1));
    return new ExportToCollector(collector, bounds, Map.of());
  }

  @Test
  @Tag("socket")
  void whatTheServersLimitRefusesArrivesInParts() throws Exception {
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(5000));
        ExportToCollector to = export(collector, 1 << 20)) {
      addSeries(to);
      assertThat(to.export.metrics().exportLast(WAIT_MS)).isTrue();
      assertThat(to.export.metrics().points().exported()).isEqualTo(SERIES);
      assertThat(collector.metricPoints()).isEqualTo(SERIES);
    }
  }

  private MetricRequests requests(int points) {
    Messages messages = new Messages(new PrintStream(said, true));
    return new MetricRequests(collector, collector.requests, points * 650, messages);
  }

  private static boolean export(MetricRequests requests, MetricData... metrics) {
    return requests.export(List.of(metrics), () -> 1);
  }

  @Test
  void aCollectionGoesInRequestsWithinTheLimitOneAfterTheOther() {
    MetricRequests requests = requests(10);
    assertThat(export(requests, sum("a", 12, CUMULATIVE), sum("b", 9, CUMULATIVE))).isTrue();
    assertThat(collector.sent()).containsExactly("a 10", "a 2, b 8", "b 1");
    assertThat(requests.points().exported()).isEqualTo(21);
    assertThat(requests.points().inFlight()).isZero();
    assertThat(requests.patienceMs()).isEqualTo(2 * 700 + 1000);
  }

  @Test
  void aRequestOfMoreBytesThanTheLimitIsHalvedAndNotSent() {
    MetricRequests requests = requests(10);
    collector.pointBytes = 651;
    assertThat(export(requests, sum("a", 10, CUMULATIVE), sum("b", 1, CUMULATIVE))).isTrue();
    assertThat(collector.sent()).containsExactly("a 10", "a 5", "a 5", "b 1");
    assertThat(collector.deliveredBytes()).containsExactly(5 * 651, 5 * 651, 651);
    collector.pointBytes = 650;
    assertThat(export(requests, sum("a", 10, CUMULATIVE))).isTrue();
    assertThat(collector.sent()).as("as large as it may be").containsExactly("a 10");
    assertThat(requests.points().exported()).isEqualTo(21);
    assertThat(requests.points().inFlight()).isZero();
  }

  @Test
  void aRequestThatIsTooLargeForTheCollectorIsHalvedDownToOnePoint() {
    MetricRequests requests = requests(10);
    for (int i = 0; i < 3; i++) {
      collector.answerTooLarge();
    }
    assertThat(export(requests, sum("a", 3, CUMULATIVE))).isFalse();
    assertThat(collector.sent()).containsExactly("a 3", "a 2", "a 1", "a 1", "a 1");
    assertThat(requests.points().failed()).isEqualTo(Map.of("OUT_OF_RANGE", 1L));
    assertThat(requests.points().exported()).isEqualTo(2);
    assertThat(requests.points().inFlight()).isZero();
  }

  @Test
  void pointsThatAreRejectedOrRefusedOrWithoutAnAnswerAreCountedAsSuch() {
    MetricRequests requests = requests(10);
    collector.answerRejecting(3);
    collector.answer(Status.Code.INVALID_ARGUMENT);
    assertThat(export(requests, sum("a", 25, CUMULATIVE))).isFalse();
    collector.answerNothing();
    assertThat(export(requests, sum("a", 4, CUMULATIVE))).isFalse();
    assertThat(collector.sent()).containsExactly("a 10", "a 10", "a 5", "a 4");
    ItemCounts points = requests.points();
    assertThat(points.rejected()).isEqualTo(3);
    assertThat(points.exported()).isEqualTo(7 + 5);
    assertThat(points.failed()).isEqualTo(Map.of("INVALID_ARGUMENT", 10L, "DEADLINE_EXCEEDED", 4L));
    assertThat(points.inFlight()).isZero();
    assertThat(said.toString()).contains("collector rejected 3 data points: too old");
    collector.answerRejecting(1);
    assertThat(export(requests, sum("a", 11, DELTA))).as("a later request is whole").isFalse();
  }

  @Test
  void deltasThatALaterAttemptCanDeliverAreSentBeforeNewerOnes() {
    MetricRequests requests = requests(10);
    collector.answer(Status.Code.OK);
    collector.answer(Status.Code.UNAVAILABLE);
    assertThat(export(requests, sum("a", 25, DELTA), sum("c", 1, CUMULATIVE))).isFalse();
    assertThat(collector.sent()).containsExactly("a 10", "a 10", "c 1");
    assertThat(requests.points().inFlight()).isZero();
    assertThat(requests.points().failed()).isEmpty();
    collector.answer(Status.Code.OK);
    collector.answer(Status.Code.INVALID_ARGUMENT);
    assertThat(export(requests, sum("b", 2, DELTA))).as("one is refused").isFalse();
    assertThat(collector.sent()).containsExactly("a 10", "a 5", "b 2");
    assertThat(requests.points().failed()).isEqualTo(Map.of("INVALID_ARGUMENT", 5L));
    assertThat(export(requests)).isTrue();
    assertThat(collector.sent()).isEmpty();
    assertThat(requests.points().exported()).isEqualTo(10 + 1 + 10 + 2);
  }

  @Test
  void theOldestDeltasBeyondTheBoundAreCountedAndAtTheEndAllOfThem() {
    MetricRequests requests = requests(1000);
    for (String name : List.of("a", "b", "c")) {
      collector.answer(name.equals("c") ? Status.Code.ABORTED : Status.Code.UNAVAILABLE);
      assertThat(requests.points().failed()).isEmpty();
      assertThat(said.toString()).isEmpty();
      assertThat(export(requests, sum(name, 8000, DELTA))).isFalse();
    }
    assertThat(requests.points().failed()).isEqualTo(Map.of("ABORTED", 4000L));
    assertThat(said.toString()).contains("ABORTED: dropped and counted the oldest delta points");
    collector.sent();
    for (int i = 0; i < 19; i++) {
      collector.answer(Status.Code.OK);
    }
    collector.answer(Status.Code.UNAVAILABLE);
    assertThat(export(requests)).isFalse();
    assertThat(collector.sent())
        .hasSize(20)
        .startsWith("a 1000", "a 1000", "a 1000", "a 1000", "b 1000")
        .endsWith("c 1000");
    assertThat(requests.points().exported()).isEqualTo(19_000);
    requests.giveUp();
    assertThat(requests.points().failed())
        .isEqualTo(Map.of("ABORTED", 4000L, "UNAVAILABLE", 1000L));
  }

  private boolean isSentAgain(MetricData metric) {
    MetricRequests requests = requests(10);
    collector.answer(Status.Code.UNAVAILABLE);
    export(requests, metric);
    collector.sent();
    export(requests);
    return !collector.sent().isEmpty();
  }

  /** Of every type; a gauge has no temporality. */
  @Test
  void deltaPointsAreSentAgainAndNoOthers() {
    for (InMemoryMetricReader reader :
        List.of(InMemoryMetricReader.createDelta(), InMemoryMetricReader.create())) {
      try (SdkMeterProvider provider =
          SdkMeterProvider.builder()
              .registerMetricReader(reader)
              .registerView(
                  InstrumentSelector.builder().setName("exponential").build(),
                  View.builder()
                      .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                      .build())
              .build()) {
        Meter meter = provider.get("test");
        meter.counterBuilder("longs").build().add(1);
        meter.counterBuilder("doubles").ofDoubles().build().add(1);
        meter.histogramBuilder("histogram").build().record(1);
        meter.histogramBuilder("exponential").build().record(1);
        meter.gaugeBuilder("gauge").build().set(1);
        boolean isDelta = reader.getAggregationTemporality(InstrumentType.COUNTER) == DELTA;
        assertThat(reader.collectAllMetrics())
            .filteredOn(this::isSentAgain)
            .extracting(MetricData::getName)
            .containsExactlyInAnyOrderElementsOf(
                isDelta ? List.of("longs", "doubles", "histogram", "exponential") : List.of());
      }
    }
  }

  @Test
  void withoutTimeNoFurtherRequestIsSent() {
    MetricRequests requests = requests(2);
    Iterator<Long> patienceMs = List.of(1L, 0L).iterator();
    List<MetricData> metrics = List.of(sum("a", 2, CUMULATIVE), sum("b", 2, CUMULATIVE));
    assertThat(requests.export(metrics, patienceMs::next)).isFalse();
    assertThat(collector.sent()).containsExactly("a 2");
    assertThat(requests.points().exported()).isEqualTo(2);
    assertThat(requests.points().failed()).isEqualTo(Map.of("DEADLINE_EXCEEDED", 2L));
  }

  @Test
  void theSdkGetsTheAnswerAsItIs() {
    SdkRequests sdk =
        new SdkRequests(
            Duration.ofSeconds(1),
            (limitNs, message, onEnd) ->
                onEnd.accept(
                    new CollectorSender.Outcome(
                        Status.UNAVAILABLE.withDescription("away"), new byte[] {7}, false)),
            () -> {});
    List<GrpcResponse> responses = new ArrayList<>();
    sdk.send(ScriptedMetrics.message(new byte[3]), responses::add, Assertions::fail);
    assertThat(responses.get(0).getStatusCode().getValue()).isEqualTo(14);
    assertThat(responses.get(0).getStatusDescription()).isEqualTo("away");
    assertThat(responses.get(0).getResponseMessage()).containsExactly(7);
    assertThat(sdk.shutdown().isSuccess()).isTrue();
  }
}
