// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.proto.trace.v1.Span;
import io.tcpotel.Messages;
import io.tcpotel.otlp.spool.SpanSpool;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spans through sender, retries and counts to a collector, beside log records. */
class SpanDeliveryTest {
  private static final int SPANS = 100;

  private static CollectorExport export(ScriptedCollector collector, Path spool) {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of("otel.exporter.otlp.endpoint", collector.endpoint()),
            Map.of(),
            Set.of(Signal.LOGS, Signal.TRACES),
            LogContent.DEFAULT,
            new RecordDelivery.Bounds(8 << 20, 1 << 20, Duration.ofHours(1), spool, 64 << 20),
            2000,
            "");
    Messages silent = new Messages(new PrintStream(OutputStream.nullOutputStream()));
    return new CollectorExport(settings, silent, () -> {});
  }

  private static void add(RecordDelivery delivery) {
    RecordImage image = RecordImage.close().generation(0);
    delivery.beforeDrain(System.nanoTime(), 1);
    for (int i = 1; i <= SPANS; i++) {
      image.socketCookie(i).isns(i, 1000 + i);
      delivery.add(image.view(), ErrorType.of(image.view()), null, i);
    }
  }

  private static void finish(RecordDelivery delivery, long ms) throws InterruptedException {
    delivery.finish(System.nanoTime() + Duration.ofMillis(ms).toNanos());
    ExportToCollector.requireEquation(delivery.counts());
  }

  @Test
  void spansArriveAlsoAfterRetriesAndAreCountedApart() throws InterruptedException {
    try (ScriptedCollector collector = ScriptedCollector.start();
        CollectorExport export = export(collector, null)) {
      collector.answerTraces(Answer.status(Status.Code.UNAVAILABLE), Answer.rejecting(7, "no"));
      add(export.spans());
      finish(export.spans(), 20_000);
      assertThat(collector.acceptedSpans().stream().map(Span::getTraceId).distinct())
          .hasSize(SPANS);
      assertThat(export.spans().counts().exported()).isEqualTo(SPANS - 7);
      assertThat(export.spans().counts().rejected()).isEqualTo(7);
      assertThat(export.logs().counts().ended()).isZero();
      assertThat(collector.accepted()).isEmpty();
    }
  }

  @Test
  void spansThatACollectorRefusesTakeNothingFromLogs() throws InterruptedException {
    try (ScriptedCollector collector = ScriptedCollector.start();
        CollectorExport export = export(collector, null)) {
      collector.answerTraces(Answer.status(Status.Code.UNIMPLEMENTED));
      add(export.spans());
      add(export.logs());
      finish(export.spans(), 20_000);
      finish(export.logs(), 20_000);
      assertThat(export.spans().counts().failed()).isEqualTo(Map.of("UNIMPLEMENTED", (long) SPANS));
      assertThat(export.logs().counts().exported()).isEqualTo(SPANS);
      assertThat(collector.accepted()).hasSize(SPANS);
      assertThat(collector.acceptedSpans()).isEmpty();
    }
  }

  @Test
  void spansHaveASpoolOfTheirOwn(@TempDir Path folder) throws Exception {
    Path spool = folder.resolve("spool");
    try (ScriptedCollector absent = ScriptedCollector.absent();
        CollectorExport export = export(absent, spool)) {
      add(export.spans());
      finish(export.spans(), 100);
      finish(export.logs(), 100);
      assertThat(export.spans().counts().spool().pending()).isEqualTo(SPANS);
      assertThat(export.logs().counts().spool().pending()).isZero();
    }
    assertThat(Files.isDirectory(SpanSpool.in(spool))).isTrue();
    try (ScriptedCollector collector = ScriptedCollector.start();
        CollectorExport export = export(collector, spool)) {
      assertThat(export.logs().counts().spool().recovered()).isZero();
      assertThat(export.spans().flush(System.nanoTime() + Duration.ofSeconds(20).toNanos()))
          .isTrue();
      assertThat(collector.acceptedSpans()).hasSize(SPANS);
      assertThat(collector.accepted()).isEmpty();
      ExportToCollector.requireEquation(export.spans().counts());
    }
  }
}
