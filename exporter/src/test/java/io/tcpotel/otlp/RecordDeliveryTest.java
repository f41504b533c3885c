// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class RecordDeliveryTest {
  private static final long FINISH_MS = Await.LIMIT.toMillis();

  @Test
  void whatIsRefusedForGoodIsDroppedAndCountedByItsCode() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector)) {
      collector.answerLogs(
          Answer.status(Status.Code.INVALID_ARGUMENT), Answer.status(Status.Code.INTERNAL));
      for (int records : new int[] {3, 4, 5}) {
        to.add(records);
        to.send();
        to.await("answered", () -> to.counts().inFlight() == 0);
      }
      to.finish(FINISH_MS);
      assertThat(to.counts().failed()).isEqualTo(Map.of("INVALID_ARGUMENT", 3L, "INTERNAL", 4L));
      assertThat(to.counts().exported()).isEqualTo(5);
      assertThat(collector.logRequests()).isEqualTo(3);
      to.requireSumsToClose();
      assertThat(to.said()).contains("logs: INVALID_ARGUMENT (scripted): dropped and counted");
    }
  }

  @Test
  void aCollectorWithoutLogsIsSaidOnce() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector)) {
      Answer unimplemented = Answer.status(Status.Code.UNIMPLEMENTED);
      collector.answerLogs(unimplemented, unimplemented, unimplemented);
      for (int i = 0; i < 3; i++) {
        to.add(2);
        to.send();
        to.await("answered", () -> to.counts().inFlight() == 0);
      }
      to.finish(FINISH_MS);
      assertThat(to.counts().failed()).isEqualTo(Map.of("UNIMPLEMENTED", 6L));
      assertThat(to.said()).contains("does not take logs").hasLineCount(1);
      to.requireSumsToClose();
    }
  }

  @Test
  void headersArriveAndAreNeverSaid() throws Exception {
    Map<String, String> otel = Map.of("otel.exporter.otlp.headers", "api-key=s3cret");
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector, 8 << 20, otel)) {
      collector.answerLogs(
          Answer.status(Status.Code.UNAVAILABLE), Answer.status(Status.Code.PERMISSION_DENIED));
      to.add(1);
      to.finish(FINISH_MS);
      assertThat(collector.headers())
          .hasSize(2)
          .allSatisfy(headers -> assertThat(header(headers, "api-key")).isEqualTo("s3cret"))
          .allSatisfy(headers -> assertThat(header(headers, "user-agent")).contains("grpc"));
      assertThat(to.said()).contains("PERMISSION_DENIED").doesNotContain("s3cret");
      to.requireSumsToClose();
    }
  }

  private static String header(Metadata headers, String name) {
    return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }

  @Test
  void compressesIfAsked() throws Exception {
    Map<String, String> otel = Map.of("otel.exporter.otlp.compression", "gzip");
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector, 8 << 20, otel)) {
      to.add(10);
      to.finish(FINISH_MS);
      assertThat(collector.accepted()).hasSize(10);
      assertThat(header(collector.headers().get(0), "grpc-encoding")).isEqualTo("gzip");
    }
  }

  @Test
  void logsAndMetricsShareOneConnection() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector)) {
      to.export.meterProvider().get("test").counterBuilder("count").build().add(1);
      to.add(1);
      assertThat(to.export.metrics().exportLast(10_000)).isTrue();
      to.finish(FINISH_MS);
      assertThat(collector.metricRequests()).isEqualTo(1);
      assertThat(collector.logRequests()).isEqualTo(1);
      assertThat(collector.connections()).isEqualTo(1);
    }
  }

  @Test
  void aRefusedCollectionIsTriedAgainWhileItIsAwaited() throws Exception {
    Map<String, String> otel = Map.of("otel.metric.export.interval", "1500ms");
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector, 8 << 20, otel)) {
      collector.answerMetrics(Answer.status(Status.Code.UNAVAILABLE));
      to.export.meterProvider().get("test").counterBuilder("count").build().add(1);
      MetricCollection metrics = to.export.metrics();
      to.await("collected", () -> metrics.exported() + metrics.failed() > 0);
      assertThat(metrics.failed()).isZero();
      assertThat(collector.metricRequests()).isGreaterThanOrEqualTo(2);
    }
  }
}
