// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.LogDelivery;
import io.tcpotel.record.KernelClock;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.ScriptedCollector;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From a record to its log record: which kinds, at what time, and when one is left in the ring. */
@Timeout(60)
class ExportPipelineTest {
  private static final long RING_BYTES = 4096;
  private static final long OFFSET_NS = 1_700_000_000_000_000_000L;

  private final ScriptedCollector collector = ScriptedCollector.start();
  private final CollectorExport export = export();
  private final KernelClock clock = new KernelClock();
  private int drains;
  private final ExportPipeline pipeline =
      new ExportPipeline(
          new CollectedMetrics(false).metrics,
          export.logs(),
          Set.of(RecordKind.CLOSE, RecordKind.OPEN),
          clock,
          () -> OFFSET_NS,
          RING_BYTES,
          () -> drains++);

  private CollectorExport export() {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of("otel.exporter.otlp.endpoint", collector.endpoint()),
            Map.of(),
            Set.of(Signal.LOGS),
            new LogDelivery.Bounds(1 << 20, 64 << 10, Duration.ofHours(1)),
            2000,
            "");
    Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
    return new CollectorExport(settings, messages, () -> {});
  }

  @AfterEach
  void close() {
    export.close();
    collector.close();
  }

  private void drain(RecordImage... images) {
    pipeline.beforeDrain();
    for (RecordImage image : images) {
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    }
    pipeline.afterDrain();
  }

  @Test
  void wantedKindsBecomeLogRecordsWithTheirOwnTimeAndThatOfTheReading() throws Exception {
    long beforeNs = clock.toEpochNs(System.nanoTime());
    drain(
        RecordImage.close().closeNs(70),
        RecordImage.open().closeNs(900),
        RecordImage.update().closeNs(5));
    long afterNs = clock.toEpochNs(System.nanoTime());
    assertThat(drains).isEqualTo(1);
    // The request goes when the pipeline's own tick finds it old enough.
    while (export.logs().counts().exported() < 2) {
      drain();
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(collector.accepted())
        .extracting(log -> log.getTimeUnixNano())
        .containsExactly(OFFSET_NS + 70, OFFSET_NS + 900);
    assertThat(collector.accepted())
        .allSatisfy(log -> assertThat(log.getObservedTimeUnixNano()).isBetween(beforeNs, afterNs));
    assertThat(pipeline.clock()).isSameAs(clock);
  }

  @Test
  void aRecordIsTakenAsSoonAsTheRingIsThreeQuartersFull() {
    collector.stop();
    drain();
    // Until no request and no memory is left.
    RecordImage image = RecordImage.close();
    int taken = 0;
    while (pipeline.wantsNext(RING_BYTES / 4 * 3)) {
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
      taken++;
    }
    assertThat(taken).isPositive();
    assertThat(export.logs().counts().queueFull()).isZero();
    assertThat(pipeline.wantsNext(RING_BYTES / 4 * 3 + 1)).isTrue();
    pipeline.endOfCapture();
    assertThat(pipeline.wantsNext(0)).as("the last drain takes all").isTrue();
  }

  @Test
  void aRecordOfTheFutureHasNoDelayAndDecidesForItsDrain() {
    long nowNs = clock.refresh();
    pipeline.beforeDrain();
    assertThat(pipeline.firstDelayNs()).isEqualTo(-1);
    RecordImage late = RecordImage.close().closeNs(nowNs + 60_000_000_000L);
    pipeline.onRecord(late.data(), 0, (int) late.data().byteSize());
    RecordImage early = RecordImage.close().closeNs(nowNs - 60_000_000_000L);
    pipeline.onRecord(early.data(), 0, (int) early.data().byteSize());
    assertThat(pipeline.firstDelayNs()).isZero();
  }
}
