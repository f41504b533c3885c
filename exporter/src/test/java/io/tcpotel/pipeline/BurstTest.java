// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RingImage;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.DeliveryCounts;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.KernelClock;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bursts that no pool of small requests holds, with the ring that {@code run} has. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class BurstTest {
  private static final int RING_BYTES = 2 << 20;

  /** What comes in 20 ms, the shortest sleep of the reader, at 200,000 records a second. */
  private static final int BURST = 4000;

  /** More records than a request has. */
  private static final int A_REQUEST = 300;

  private static final RecordDelivery.Bounds BOUNDS =
      new RecordDelivery.Bounds(16 << 20, 128 << 10, Duration.ofHours(1));

  private final RingImage ring = new RingImage(RING_BYTES);
  private final RingReader reader = ring.reader();
  private final Semaphore room = new Semaphore(0);
  private long put;

  /** An export to {@code endpoint} and the pipeline before it. */
  private final class Pipeline implements AutoCloseable {
    private final CollectorExport export;
    private final ExportPipeline pipeline;
    private long allocatedBytes;

    private Pipeline(String endpoint) {
      CollectorExport.Settings settings =
          new CollectorExport.Settings(
              Map.of("otel.exporter.otlp.endpoint", endpoint),
              Map.of(),
              Set.of(Signal.LOGS),
              LogContent.DEFAULT,
              BOUNDS,
              2000,
              "");
      Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
      export = new CollectorExport(settings, messages, room::release);
      pipeline =
          new ExportPipeline(
              WorkloadTable.ofAgent(),
              new ConnectionMetrics(
                  MetricModes.cumulative(MetricKeys.DEFAULT), InstantSource.system()),
              export.logs(),
              LogEvent.END.kinds(),
              AddressUse.FULL,
              new KernelClock(),
              () -> 0,
              RING_BYTES,
              () -> {});
    }

    private void drain() {
      long before = AllocatedBytes.ofThisThread();
      pipeline.beforeDrain();
      reader.drain(pipeline);
      pipeline.afterDrain();
      allocatedBytes += AllocatedBytes.ofThisThread() - before;
    }

    /** Until all are in a request: a machine that is busy with something else may take a while. */
    private void drainAll() throws InterruptedException {
      while (reader.availableBytes() > 0 || export.logs().counts().waiting() > A_REQUEST) {
        drain();
        if (reader.availableBytes() > 0) {
          room.tryAcquire(DrainTimer.SHORTEST_MS, TimeUnit.MILLISECONDS);
        }
      }
    }

    @Override
    public void close() {
      export.close();
    }
  }

  private void burst() {
    for (int i = 0; i < BURST; i++) {
      put++;
      assertThat(ring.put(RecordImage.close().socketCookie(put).bytes())).isTrue();
    }
  }

  @Test
  void waitInTheRingUntilTheRequestsBeforeThemAreAnswered() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        Pipeline to = new Pipeline(collector.endpoint())) {
      collector.answerLogs(Collections.nCopies(5, Answer.late(50)).toArray(Answer[]::new));
      DeliveryCounts counts = to.export.logs().counts();
      burst();
      to.drain();
      assertThat(counts.ended()).as("the pool holds some of them").isPositive().isLessThan(BURST);
      assertThat(counts.waiting()).as("in a request that is not full").isLessThan(A_REQUEST);
      assertThat(reader.availableBytes()).as("the others are in the ring").isPositive();
      to.drainAll();
      to.export.logs().finish(System.nanoTime() + 20_000_000_000L);
      assertThat(counts.exported()).isEqualTo(BURST);
      assertThat(collector.accepted().stream().map(LogRecord::toByteString).distinct())
          .as("all of them, none twice")
          .hasSize(BURST);
    }
  }

  @Test
  void theReaderAllocatesPerRequestAndNothingPerRecord() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(any, 4 << 20);
        Pipeline to = new Pipeline("http://127.0.0.1:" + receiver.port())) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 20; i++) { // the first ones still make buffers, and code
        burst();
        to.allocatedBytes = 0;
        to.drainAll();
        least = Math.min(least, to.allocatedBytes);
      }
      assertThat((double) least / BURST)
          .as("bytes per record: a request of 200 records takes some 500")
          .isLessThan(8);
    }
  }

  @Test
  void ofASecondAtTwoHundredThousandRecordsAllArrive() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(any, 4 << 20);
        Pipeline to = new Pipeline("http://127.0.0.1:" + receiver.port())) {
      for (int i = 0; i < 50; i++) {
        burst();
        to.drainAll();
      }
      to.export.logs().finish(System.nanoTime() + 20_000_000_000L);
      DeliveryCounts counts = to.export.logs().counts();
      assertThat(counts.ended()).isEqualTo(200_000);
      assertThat(counts.exported()).isEqualTo(200_000);
      assertThat(receiver.totals().logRecords()).isEqualTo(200_000);
    }
  }
}
