// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.otlp.spool.SpoolRecords;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Records that wait on the disk for a collector, also from one run to the next. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class SpoolDeliveryTest {
  private static final long FINISH_MS = Await.LIMIT.toMillis();

  @TempDir Path folder;

  private ExportToCollector export(ScriptedCollector collector) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(
            1 << 20, 1 << 20, Duration.ofHours(1), folder.resolve("spool"), 64 << 20);
    return new ExportToCollector(collector, bounds, Map.of());
  }

  private static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> String.format("%016x", i)).toList();
  }

  private static List<String> arrived(ScriptedCollector collector) {
    return ExportToCollector.connectionIds(collector.accepted());
  }

  /** Adds in portions that a reader of the ring would find, which leaves there what has no room. */
  private static void add(ExportToCollector to, int records) throws InterruptedException {
    for (int i = 0; i < records; i++) {
      if (i % 100 == 0 || !to.logs().wantsNext(RingRoom.NONE)) {
        to.logs().tick(System.nanoTime());
        to.await("room", () -> to.logs().wantsNext(RingRoom.NONE));
      }
      to.add(1);
    }
  }

  /** Takes the spool's directory away, fills the memory, and waits until a block is refused. */
  private Path fillWithoutDisk(ExportToCollector to) throws Exception {
    Path spool = folder.resolve("spool");
    Files.delete(spool.resolve("lock"));
    Files.delete(spool.resolve("position"));
    Files.delete(spool);
    while (to.logs().wantsNext(RingRoom.NONE)) {
      to.add(1);
    }
    to.await("refused", () -> to.said().contains("spool: cannot write: "));
    return spool;
  }

  @Test
  void whatMemoryDoesNotHoldWaitsOnTheDisk() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.absent();
        ExportToCollector to = export(collector)) {
      add(to, 20_000);
      assertThat(to.counts().queueFull()).isZero();
      assertThat(to.counts().spool().pending()).isGreaterThan(10_000);
      collector.restart();
      to.await("all sent", () -> to.counts().exported() == 20_000);
      assertThat(arrived(collector)).isEqualTo(ids(1, 20_001));
      to.finish(FINISH_MS);
      to.requireSumsToClose();
      assertThat(to.counts().spool().pending()).isZero();
    }
    assertThat(SpoolRecords.segments(folder.resolve("spool"))).isEmpty();
  }

  @Test
  void whatIsLeftAtTheEndIsSentByTheNextRunWithItsOwnTimes() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.absent()) {
      try (ExportToCollector first = export(collector)) {
        add(first, 5000);
        first.finish(300);
        first.requireSumsToClose();
        assertThat(first.counts().spool().pending()).isEqualTo(5000);
        assertThat(first.counts().inFlight()).isZero();
      }
      collector.restart();
      try (ExportToCollector second = export(collector)) {
        assertThat(second.said()).contains("5000 records of an earlier run");
        assertThat(second.counts().spool().recovered()).isEqualTo(5000);
        second.await("all sent", () -> second.counts().exported() == 5000);
        second.finish(FINISH_MS);
        second.requireSumsToClose();
      }
      assertThat(arrived(collector)).isEqualTo(ids(1, 5001));
      assertThat(collector.accepted().stream().map(LogRecord::getTimeUnixNano))
          .isEqualTo(IntStream.range(1, 5001).mapToObj(i -> (long) i).toList());
      assertThat(collector.accepted().stream().map(LogRecord::getObservedTimeUnixNano))
          .isEqualTo(IntStream.range(1, 5001).mapToObj(i -> (long) i).toList());
    }
  }

  @Test
  void whatWasTakenAndHasNoAnswerIsThereAfterAnEndWithoutAWord() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.absent()) {
      try (ExportToCollector first = export(collector)) {
        add(first, 3000);
        first.finish(200);
        assertThat(first.counts().spool().pending()).isEqualTo(3000);
      }
      try (ExportToCollector second = export(collector)) {
        second.await("taken", () -> second.counts().inFlight() > 0);
      }
      collector.restart();
      try (ExportToCollector third = export(collector)) {
        assertThat(third.counts().spool().recovered()).isEqualTo(3000);
        third.await("sent", () -> third.counts().exported() == 3000);
        third.finish(FINISH_MS);
      }
      assertThat(arrived(collector)).isEqualTo(ids(1, 3001));
    }
  }

  @Test
  void aDiskThatTakesNothingLeavesTheRecordsInMemoryUntilItDoes() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.absent();
        ExportToCollector to = export(collector)) {
      Path spool = fillWithoutDisk(to);
      int inMemory = (int) to.added();
      assertThat(inMemory).isGreaterThan((int) to.logs().capacity());
      assertThat(to.said()).contains(spool.toString());
      to.await("in memory", () -> to.counts().spool().pending() == 0);
      assertThat(to.logs().wantsNext(RingRoom.NONE)).as("still full").isFalse();

      Files.createDirectory(spool);
      to.await("room", () -> to.logs().wantsNext(RingRoom.NONE));
      to.add(1);
      assertThat(to.counts().spool().pending()).isPositive();
      collector.restart();
      to.await("all sent", () -> to.counts().exported() == inMemory + 1);
      assertThat(arrived(collector)).isEqualTo(ids(1, inMemory + 2));
      to.finish(FINISH_MS);
      to.requireSumsToClose();
    }
  }

  @Test
  void aCollectorIsServedFromMemoryWhileTheDiskTakesNothing() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.absent();
        ExportToCollector to = export(collector)) {
      fillWithoutDisk(to);
      collector.restart();
      to.await("all sent", () -> to.counts().exported() == to.added());
      assertThat(new HashSet<>(arrived(collector))).hasSize((int) to.added());
      to.finish(FINISH_MS);
      to.requireSumsToClose();
    }
  }
}
