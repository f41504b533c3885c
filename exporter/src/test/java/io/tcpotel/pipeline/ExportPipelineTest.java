// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static io.tcpotel.record.TestClock.SECOND_NS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.otlp.ScriptedTransport;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.record.TestClock;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ListenerImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From a record to its log record: which kinds, at what time, and when one is left in the ring. */
@Timeout(Await.TEST_SECONDS)
class ExportPipelineTest {
  private static final long RING_BYTES = 4096;
  private static final long OFFSET_NS = 1_700_000_000_000_000_000L;

  private final ScriptedTransport collector = new ScriptedTransport();
  private final RecordDelivery logs =
      collector.delivery(
          new RecordDelivery.Bounds(1 << 20, 64 << 10, Duration.ofHours(1)),
          new Messages(new PrintStream(new ByteArrayOutputStream())),
          () -> {});
  private final TestClock now = new TestClock();
  private final CollectedMetrics collected = new CollectedMetrics(false);
  private int drains;
  private final ExportPipeline pipeline =
      new ExportPipeline(
          WorkloadTable.ofAgent(),
          collected.metrics,
          logs,
          Set.of(RecordKind.CLOSE, RecordKind.OPEN),
          AddressUse.FULL,
          now.clock(),
          () -> OFFSET_NS,
          RING_BYTES,
          () -> drains++);

  private void drain(RecordImage... images) {
    pipeline.beforeDrain();
    for (RecordImage image : images) {
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    }
    pipeline.afterDrain();
  }

  @Test
  void wantedKindsBecomeLogRecordsWithTheirOwnTimeAndThatOfTheReading() throws Exception {
    long observedNs = now.wallNs();
    drain(
        RecordImage.close().closeNs(70),
        RecordImage.open().closeNs(900),
        RecordImage.update().closeNs(5));
    now.pass(SECOND_NS);
    assertThat(drains).isEqualTo(1);
    // The request goes when the pipeline's own tick finds it old enough.
    while (collector.requests() == 0) {
      drain();
      TimeUnit.MILLISECONDS.sleep(5);
    }
    assertThat(collector.records(0))
        .extracting(log -> log.getTimeUnixNano())
        .containsExactly(OFFSET_NS + 70, OFFSET_NS + 900);
    assertThat(collector.records(0))
        .extracting(log -> log.getObservedTimeUnixNano())
        .containsExactly(observedNs, observedNs);
  }

  private long delayNs(long... agesNs) {
    drain(
        LongStream.of(agesNs)
            .mapToObj(ageNs -> RecordImage.close().closeNs(now.monotonicNs() - ageNs))
            .toArray(RecordImage[]::new));
    return pipeline.firstDelayNs();
  }

  @Test
  void theDelayOfADrainIsThatOfItsFirstRecord() {
    assertThat(delayNs(7, 100)).isEqualTo(7);
    now.pass(SECOND_NS);
    assertThat(delayNs(30 * SECOND_NS)).isEqualTo(30 * SECOND_NS);
    assertThat(delayNs()).isEqualTo(-1);
    assertThat(delayNs(-60, 60)).as("a record of the future has none").isZero();
  }

  @Test
  void seriesEndByTheClockOfTheRecords() {
    drain(RecordImage.close().openReported(false));
    assertThat(collected.sums("tcpotel.io")).isNotEmpty();
    now.pass(16 * 60 * SECOND_NS);
    drain();
    assertThat(collected.metrics.produce(Resource.empty())).isEmpty();
  }

  @Test
  void aListenerIsNoConnectionAndEndsWithTheFirstWalkThatDoesNotReportIt() {
    MemorySegment listener = new ListenerImage(1).port(80).queue(3, 9).data();
    drain();
    pipeline.onRecord(listener, 0, 96);
    pipeline.onRecord(listener, 0, 88);
    pipeline.afterWalk();
    assertThat(collected.sums("tcpotel.accept_queue.usage"))
        .containsExactly(entry("{server.port=80}", 3L));
    assertThat(pipeline.counts().of(RecordKind.LISTENER)).isEqualTo(1);
    assertThat(pipeline.counts().of(RecordCheck.TRUNCATED)).isEqualTo(1);
    assertThat(pipeline.counts().all()).isEqualTo(2);
    assertThat(logs.counts().snapshot().ended()).isZero();
    assertThat(collected.metrics.active()).isZero();
    pipeline.afterWalk();
    assertThat(collected.metrics.produce(Resource.empty())).isEmpty();
  }

  @Test
  void aRecordIsTakenAsSoonAsTheRingIsThreeQuartersFull() {
    drain();
    // Until no request and no memory is left.
    RecordImage image = RecordImage.close();
    int taken = 0;
    while (pipeline.wantsNext(RING_BYTES / 4 * 3)) {
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
      taken++;
    }
    assertThat(taken).isPositive();
    assertThat(logs.counts().queueFull()).isZero();
    assertThat(pipeline.wantsNext(RING_BYTES / 4 * 3 + 1)).isTrue();
    pipeline.endOfCapture();
    assertThat(pipeline.wantsNext(0)).as("the last drain takes all").isTrue();
  }

  @Test
  void behindRecordsInMemoryOneWaitsInAnEighthOfTheRing() {
    drain();
    RecordImage image = RecordImage.close();
    while (pipeline.wantsNext(RING_BYTES / 4 * 3)) {
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    }
    pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    assertThat(pipeline.wantsNext(RING_BYTES / 8)).isFalse();
    assertThat(pipeline.wantsNext(RING_BYTES / 8 + 1)).isTrue();
  }
}
