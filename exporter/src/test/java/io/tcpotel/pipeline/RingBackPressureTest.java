// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.RingImage;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.DeliveryCounts;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.KernelClock;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A collector that takes nothing, seen from the ring. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class RingBackPressureTest {
  private static final int RING_BYTES = 1 << 20;
  private static final int THREE_QUARTERS = RING_BYTES / 4 * 3;
  private static final int QUEUE_BYTES = 128 << 10;

  private static final long SLOT_BYTES = RingImage.recordBytes(RecordKind.CLOSE.bytes());

  private final ScriptedCollector collector = ScriptedCollector.absent();
  private final ConnectionMetrics metrics =
      new ConnectionMetrics(MetricModes.cumulative(MetricKeys.DEFAULT), InstantSource.system());
  private final RingImage ring = new RingImage(RING_BYTES);
  private final RingReader reader = ring.reader();
  private final CollectorExport export = export();
  private final ExportPipeline pipeline =
      new ExportPipeline(
          WorkloadTable.ofAgent(),
          metrics,
          export.logs(),
          LogEvent.END.kinds(),
          AddressUse.FULL,
          new KernelClock(),
          () -> 0,
          RING_BYTES,
          () -> {});
  private long put;

  private CollectorExport export() {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of("otel.exporter.otlp.endpoint", collector.endpoint()),
            Map.of(),
            Set.of(Signal.LOGS),
            LogContent.DEFAULT,
            new RecordDelivery.Bounds(QUEUE_BYTES, 1 << 20, Duration.ofHours(1)),
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

  /** As many connections as the ring takes, at most {@code connections}, and a drain. */
  private void burst(int connections) {
    for (int i = 0; i < connections; i++) {
      byte[] record = RecordImage.close().socketCookie(put + 1).bytes();
      put += ring.put(record) ? 1 : 0;
    }
    drain();
  }

  private void drain() {
    pipeline.beforeDrain();
    reader.drain(pipeline);
    pipeline.afterDrain();
  }

  private long durations() {
    return metrics.produce(Resource.getDefault()).stream()
        .filter(metric -> metric.getName().equals("tcpotel.connection.duration"))
        .flatMap(metric -> metric.getHistogramData().getPoints().stream())
        .mapToLong(point -> point.getCount())
        .sum();
  }

  @Test
  void whatFindsNoRoomWaitsInTheRingAndIsLostNowhere() throws Exception {
    burst(2000);
    DeliveryCounts counts = export.logs().counts();
    assertThat(reader.availableBytes()).isPositive().isLessThan(THREE_QUARTERS);
    assertThat(counts.queueFull()).isZero();
    collector.restart();
    while (counts.exported() < 2000) {
      drain();
      Thread.sleep(5);
    }
    assertThat(put).isEqualTo(2000);
    assertThat(durations()).isEqualTo(2000);
    assertThat(collector.accepted()).hasSize(2000);
  }

  @Test
  void aboveThreeQuartersDetailIsDroppedAndTheMetricsStayExact() throws Exception {
    for (int i = 0; i < 50; i++) {
      burst(400);
      assertThat(reader.availableBytes()).as("room for a burst").isLessThan(THREE_QUARTERS + 1);
    }
    DeliveryCounts counts = export.logs().counts();
    assertThat(put).as("the kernel found room for all").isEqualTo(20_000);
    assertThat(counts.queueFull()).isPositive();
    assertThat(durations()).isEqualTo(pipeline.counts().all());
    assertThat(pipeline.counts().all() * SLOT_BYTES + reader.availableBytes())
        .as("read, or in the ring")
        .isEqualTo(20_000 * SLOT_BYTES);

    pipeline.endOfCapture();
    drain();
    assertThat(reader.availableBytes()).isZero();
    assertThat(durations()).isEqualTo(20_000);
    export.logs().finish(System.nanoTime());
    assertThat(counts.ended()).isEqualTo(20_000);
    assertThat(counts.waiting()).isZero();
  }
}
