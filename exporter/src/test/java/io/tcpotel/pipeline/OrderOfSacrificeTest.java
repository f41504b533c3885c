// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Messages;
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
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No collector, and memory that runs short: which signal loses which connections, and when. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class OrderOfSacrificeTest {
  private static final int RING_BYTES = 1 << 20;
  private static final int QUARTER = RING_BYTES / 4;

  /**
   * Of a drain. Those of 100 ms, which wait in the ring as a burst would, are less than a quarter.
   */
  private static final int BURST = 20;

  private static final long PACE_MS = 5;

  private final ScriptedCollector collector = ScriptedCollector.absent();
  private final ConnectionMetrics metrics =
      new ConnectionMetrics(MetricModes.cumulative(MetricKeys.DEFAULT), InstantSource.system());
  private final RingImage ring = new RingImage(RING_BYTES);
  private final RingReader reader = ring.reader();
  private final CollectorExport export = export();
  private final DeliveryCounts logs = export.logs().counts();
  private final DeliveryCounts spans = export.spans().counts();
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
  private int put;
  private int mostInRing;

  private CollectorExport export() {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of("otel.exporter.otlp.endpoint", collector.endpoint()),
            Map.of(),
            EnumSet.of(Signal.LOGS, Signal.TRACES),
            LogContent.DEFAULT,
            new RecordDelivery.Bounds(1 << 20, 64 << 10, Duration.ofHours(1)),
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

  private void drain() {
    mostInRing = (int) reader.availableBytes();
    pipeline.beforeDrain();
    reader.drain(pipeline);
    pipeline.afterDrain();
  }

  /** Connections 1, 2, 3 and so on end until a signal has lost some. */
  private void endUntilSomeAreLost(DeliveryCounts counts) throws InterruptedException {
    while (counts.queueFull() == 0) {
      for (int i = 0; i < BURST; i++) {
        put++;
        assertThat(ring.put(RecordImage.close().generation(0).socketCookie(put).bytes())).isTrue();
      }
      drain();
      Thread.sleep(PACE_MS);
    }
  }

  private long durations() {
    return metrics.produce(Resource.getDefault()).stream()
        .filter(metric -> metric.getName().equals("tcpotel.connection.duration"))
        .flatMap(metric -> metric.getHistogramData().getPoints().stream())
        .mapToLong(point -> point.getCount())
        .sum();
  }

  private static long id(List<KeyValue> attributes) {
    return attributes.stream()
        .filter(attribute -> attribute.getKey().equals("tcpotel.connection.id"))
        .mapToLong(
            attribute -> HexFormat.fromHexDigitsToLong(attribute.getValue().getStringValue()))
        .findFirst()
        .orElseThrow();
  }

  private static Long[] first(long count) {
    return LongStream.rangeClosed(1, count).boxed().toArray(Long[]::new);
  }

  @Test
  void spansGoBeforeLogRecordsAndTheNewestBeforeThoseThatWait() throws Exception {
    pipeline.setSpans(export.spans());
    endUntilSomeAreLost(spans);
    assertThat(mostInRing).as("in the ring").isGreaterThan(QUARTER).isLessThan(2 * QUARTER);
    assertThat(logs.queueFull()).isZero();

    endUntilSomeAreLost(logs);
    assertThat(mostInRing).as("in the ring").isGreaterThan(3 * QUARTER);
    assertThat(spans.queueFull()).isGreaterThan(logs.queueFull());

    pipeline.endOfCapture();
    drain();
    assertThat(durations()).as("the metrics have all").isEqualTo(put);
    collector.restart();
    long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(Await.LIMIT.toSeconds());
    export.logs().finish(deadlineNs);
    export.spans().finish(deadlineNs);
    assertThat(collector.accepted().stream().map(LogRecord::getAttributesList))
        .extracting(OrderOfSacrificeTest::id)
        .containsExactlyInAnyOrder(first(put - logs.queueFull()));
    assertThat(collector.acceptedSpans().stream().map(Span::getAttributesList))
        .extracting(OrderOfSacrificeTest::id)
        .containsExactlyInAnyOrder(first(put - spans.queueFull()));
  }
}
