// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.api.metrics.LongCounter;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class LastExportTest {
  private static final Duration TIME = Duration.ofSeconds(20);
  private static final long LATE_MS = 1500;

  private final ScriptedCollector collector = ScriptedCollector.start();
  private final ExportToCollector to = new ExportToCollector(collector);
  private final LongCounter counter =
      to.export.meterProvider().get("test").counterBuilder("count").build();

  private boolean run(Duration time) throws InterruptedException {
    try (collector;
        to) {
      return new LastExport(to.export).run(time);
    }
  }

  @Test
  void eachSignalHasAllOfTheTime() throws Exception {
    to.add(23);
    counter.add(1);
    collector.answerLogs(Answer.late(LATE_MS));
    collector.answerMetrics(Answer.late(LATE_MS));
    assertThat(run(TIME)).isTrue();
    assertThat(to.counts().exported()).isEqualTo(23);
    assertThat(to.export.metrics().exported()).isEqualTo(1);
  }

  @Test
  void signalsDoNotWaitForEachOther() throws Exception {
    to.add(23);
    counter.add(1);
    collector.answerLogs(Answer.silence());
    assertThat(run(Duration.ofMillis(LATE_MS))).isTrue();
    assertThat(to.counts().exported()).isZero();
    assertThat(to.export.metrics().exported()).isEqualTo(1);
  }

  @Test
  void aCollectionThatTheCollectorHasPutOffIsAttemptedAtOnce() throws Exception {
    counter.add(1);
    collector.answerMetrics(Answer.retryAfter(Status.Code.UNAVAILABLE, 5_000));
    Thread before = Thread.ofPlatform().start(() -> to.export.metrics().forceFlush());
    Await.until("put off", () -> collector.metricRequests() == 1);
    assertThat(run(Duration.ofMillis(LATE_MS))).isTrue();
    before.join();
    assertThat(to.export.metrics().exported()).isEqualTo(2);
  }

  @Test
  void metricsThatDoNotArriveAreFailed() throws Exception {
    counter.add(1);
    collector.answerMetrics(Answer.silence());
    assertThat(run(Duration.ofMillis(300))).isFalse();
    assertThat(to.export.metrics().failed()).isEqualTo(1);
    assertThat(to.export.metrics().points().failed()).isEqualTo(Map.of("DEADLINE_EXCEEDED", 1L));
  }
}
