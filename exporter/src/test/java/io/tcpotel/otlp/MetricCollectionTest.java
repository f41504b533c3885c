// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import java.util.Collections;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("socket")
@Timeout(60)
class MetricCollectionTest {
  private static ExportToCollector export(ScriptedCollector collector, String intervalMs) {
    Map<String, String> otel = Map.of("otel.metric.export.interval", intervalMs);
    ExportToCollector to = new ExportToCollector(collector, 8 << 20, otel);
    to.export.meterProvider().get("test").counterBuilder("count").build().add(1);
    return to;
  }

  @ParameterizedTest
  @CsvSource({"UNAVAILABLE, 0", "INVALID_ARGUMENT, 1", "OK, 1"})
  void aFinalAnswerEndsACollection(Status.Code code, int ended) throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = export(collector, "3600000")) {
      AtomicLong answered = new AtomicLong();
      to.export.metrics().onAnswered(answered::incrementAndGet);
      Answer answer = code == Status.Code.OK ? Answer.ok() : Answer.status(code);
      collector.answerMetrics(Collections.nCopies(50, answer).toArray(Answer[]::new));
      to.export.metrics().exportLast(code == Status.Code.UNAVAILABLE ? 300 : 10_000);
      assertThat(answered).hasValue(ended);
    }
  }

  @Test
  void collectsAtItsInterval() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      long beginNs = System.nanoTime();
      try (ExportToCollector to = export(collector, "200")) {
        to.await("five collections", () -> to.export.metrics().exported() >= 5);
        long tookMs = (System.nanoTime() - beginNs) / 1_000_000;
        assertThat(tookMs).isGreaterThanOrEqualTo(1000);
        assertThat((long) collector.metricRequests()).isBetween(5L, tookMs / 200 + 1);
      }
    }
  }

  @Test
  void aCollectionOfWhichSomethingIsRefusedOrRejectedHasFailed() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = export(collector, "3600000")) {
      AtomicLong collections = new AtomicLong();
      MetricCollection metrics = to.export.metrics();
      metrics.onCollected(tookNs -> collections.incrementAndGet());
      collector.answerMetrics(
          Answer.status(Status.Code.INVALID_ARGUMENT), Answer.rejecting(1, "too old"));
      assertThat(metrics.forceFlush().isSuccess()).isFalse();
      assertThat(metrics.forceFlush().isSuccess()).isFalse();
      assertThat(metrics.forceFlush().isSuccess()).isTrue();
      assertThat(metrics.failed()).isEqualTo(2);
      assertThat(metrics.exported()).isEqualTo(1);
      assertThat(metrics.points().failed()).isEqualTo(Map.of("INVALID_ARGUMENT", 1L));
      assertThat(metrics.points().rejected()).isEqualTo(1);
      assertThat(metrics.points().exported()).isEqualTo(1);
      assertThat(metrics.points().inFlight()).isZero();
      assertThat(collections).hasValue(3);
      assertThat(to.said())
          .contains("collector rejected 1 data points: too old")
          .contains("metrics: INVALID_ARGUMENT");
    }
  }
}
