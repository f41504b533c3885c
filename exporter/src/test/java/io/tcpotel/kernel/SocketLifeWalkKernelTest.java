// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.Folds;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Random walks of sockets through all their lives, held against {@link SocketWalk}'s model. {@code
 * -Dtcpotel.walk.seconds=600} makes them longer, {@code -Dtcpotel.seed} repeats one.
 */
@KernelTest
class SocketLifeWalkKernelTest {
  private static final long SECONDS = Long.getLong("tcpotel.walk.seconds", 20);
  private static final long SEED = Long.getLong("tcpotel.seed", System.nanoTime());
  private static final String FAST_OPEN_WITHOUT_COOKIE =
      Integer.toString(0x1 | 0x2 | 0x4 | 0x200 | 0x400);
  private static final int STEPS = 400;
  private static final int SMALLEST_RING = 4096;

  private static ProbeSettings settings(long ringBytes) {
    return ProbeSettings.of(ringBytes, true)
        .withBuckets(ConnectionMetrics.foldBuckets())
        .withLiveReports(new LiveReports(0, true));
  }

  /** Rounds of a walk each, for half of the time, with new sockets in each. */
  private interface Round {
    void run(TestCgroup cgroup, TestNamespace namespace, long seed);
  }

  private static void repeat(Round round) {
    long endNs = System.nanoTime() + SECONDS * 1_000_000_000L / 2;
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create()) {
      namespace.sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_COOKIE);
      long seed = SEED;
      do {
        round.run(cgroup, namespace, seed++);
      } while (System.nanoTime() - endNs < 0);
    }
  }

  @Test
  void eachLifeIsOneConnectionWithNothingOfTheOneBefore() {
    repeat(
        (cgroup, namespace, seed) -> {
          Random random = new Random(seed);
          try (CapturedConnections captured =
                  new CapturedConnections(
                      cgroup, namespace, settings(ProbeSettings.DEFAULT_RING_BYTES));
              SocketWalk walk = new SocketWalk(seed)) {
            walk(namespace, walk, () -> lookSometimes(captured, random));
            captured.awaitEnds(lives(walk, life -> true));
            captured.detach();
            captured.drain();
            captured.assertSumsClose();
            check(walk, captured.records(), "seed " + seed);
          }
        });
  }

  private static void walk(TestNamespace namespace, SocketWalk walk, Runnable between) {
    namespace.run(
        () -> {
          for (int i = 0; i < STEPS; i++) {
            walk.step();
            between.run();
          }
          walk.endAll();
        });
  }

  private static void lookSometimes(CapturedConnections captured, Random random) {
    if (random.nextInt(20) == 0) {
      captured.walk();
    }
  }

  private static int lives(SocketWalk walk, Predicate<WalkedSocket.Life> which) {
    return (int) walk.all().stream().flatMap(one -> one.lives.stream()).filter(which).count();
  }

  private static void check(SocketWalk walk, List<CapturedRecord> records, String seed) {
    Map<Long, List<CapturedRecord>> bySocket =
        records.stream().collect(groupingBy(CapturedRecord::socketCookie));
    assertThat(bySocket.keySet()).isSubsetOf(walk.all().stream().map(one -> one.cookie).toList());
    for (WalkedSocket one : walk.all()) {
      List<CapturedRecord> ofSocket = bySocket.getOrDefault(one.cookie, List.of());
      List<List<CapturedRecord>> connections = byConnection(ofSocket);
      assertThat(connections).as("%s: %s", seed, ofSocket).hasSameSizeAs(one.lives);
      for (int i = 0; i < connections.size(); i++) {
        check(one.lives.get(i), connections.get(i), seed + ": life " + i + " of " + one.cookie);
      }
    }
    long ids = records.stream().map(record -> record.view().connectionId()).distinct().count();
    assertThat(ids).as(seed).isEqualTo(lives(walk, life -> true));
  }

  /** In the order of their first records. */
  private static List<List<CapturedRecord>> byConnection(List<CapturedRecord> ofSocket) {
    Map<Long, List<CapturedRecord>> connections = new LinkedHashMap<>();
    for (CapturedRecord record : ofSocket) {
      connections
          .computeIfAbsent(record.view().connectionId(), id -> new ArrayList<>())
          .add(record);
    }
    return List.copyOf(connections.values());
  }

  private static void check(WalkedSocket.Life life, List<CapturedRecord> records, String name) {
    CapturedRecord last = records.get(records.size() - 1);
    assertThat(records).extracting(CapturedRecord::isOutbound).as(name).containsOnly(life.outbound);
    assertThat(last.kind())
        .as(name)
        .isEqualTo(life.established ? RecordKind.CLOSE : RecordKind.FAILED);
    if (life.established) {
      assertThat(records.get(0).kind()).as(name).isEqualTo(RecordKind.OPEN);
      assertThat(records).filteredOn(CapturedRecord::isOpen).as(name).hasSize(1);
    }
    assertThat(records).filteredOn(CapturedRecord::isEnd).as(name).hasSize(1);
    assertThat(records).extracting(CapturedRecord::preexisting).as(name).containsOnly(false);
    assertThat(records)
        .extracting(CapturedRecord::pid)
        .as(name)
        .containsOnly(ProcessHandle.current().pid());
    assertThat(last.sentBytes() + last.unackedBytes()).as(name).isEqualTo(life.sentBytes);
    assertThat(last.receivedBytes()).as(name).isEqualTo(life.receivedBytes);
    assertThat(last.closeNs() - last.durationNs())
        .as(name)
        .isGreaterThan(life.beginNs - margin(life));
    checkDifferences(records, name);
  }

  /** A server's end begins in the client's call, before the model's. */
  private static long margin(WalkedSocket.Life life) {
    return life.outbound ? 0 : 1_000_000_000;
  }

  /** Each record continues where the one before it stopped; segments are those of this life. */
  private static void checkDifferences(List<CapturedRecord> records, String name) {
    CapturedRecord before = null;
    for (CapturedRecord record : records) {
      boolean reported = before != null;
      assertThat(record.reportedSentBytes())
          .as(name)
          .isEqualTo(reported ? before.sentBytes() : 0)
          .isLessThanOrEqualTo(record.sentBytes());
      assertThat(record.reportedReceivedBytes())
          .as(name)
          .isEqualTo(reported ? before.receivedBytes() : 0)
          .isLessThanOrEqualTo(record.receivedBytes());
      assertThat(record.reportedSegsOut())
          .as(name)
          .isEqualTo(reported ? before.segsOut() : 0)
          .isLessThanOrEqualTo(record.segsOut());
      assertThat(record.reportedSegsIn())
          .as(name)
          .isEqualTo(reported ? before.segsIn() : 0)
          .isLessThanOrEqualTo(record.segsIn());
      assertThat(record.reportedTotalRetrans())
          .as(name)
          .isEqualTo(reported ? before.totalRetrans() : 0)
          .isLessThanOrEqualTo(record.totalRetrans());
      before = record.isOpen() ? null : record; // the totals of an open are not counted
    }
  }

  @Test
  void theSumsAreTheModelsThoughTheRingIsFull() {
    repeat(
        (cgroup, namespace, seed) -> {
          CollectedMetrics collected = new CollectedMetrics(false);
          try (CapturedConnections captured =
                  new CapturedConnections(cgroup, namespace, settings(SMALLEST_RING));
              SocketWalk walk = new SocketWalk(seed)) {
            Folds folds = captured.folds();
            Random random = new Random(seed);
            walk(
                namespace,
                walk,
                () -> {
                  if (random.nextInt(50) == 0) {
                    collect(captured, collected, folds);
                  }
                });
            Conversation.await("the ends", () -> hasEnded(captured, walk));
            captured.detach();
            collect(captured, collected, folds);
            captured.assertSumsClose();
            checkSums(walk, collected, "seed " + seed);
          }
        });
  }

  private static boolean hasEnded(CapturedConnections captured, SocketWalk walk) {
    return captured.seen(RecordKind.CLOSE) + captured.seen(RecordKind.FAILED)
        >= lives(walk, life -> true);
  }

  private static void collect(
      CapturedConnections captured, CollectedMetrics collected, Folds folds) {
    captured.walk();
    for (CapturedRecord record : captured.takeRecords()) {
      collected.metrics.record(record.view(), ErrorType.of(record.view()));
    }
    FoldedEnds ends = new FoldedEnds();
    folds.collect((key, difference) -> collected.metrics.recordFolded(ends.at(key, difference)));
  }

  private static void checkSums(SocketWalk walk, CollectedMetrics collected, String seed) {
    assertThat(collected.sums("tcpotel.connection.active")).as(seed).isEmpty();
    assertThat(total(collected, "tcpotel.connection.attempts", "=client"))
        .as(seed)
        .isEqualTo(lives(walk, life -> life.outbound));
    assertThat(total(collected, "tcpotel.connection.attempts", "=server"))
        .as(seed)
        .isEqualTo(lives(walk, life -> !life.outbound));
    assertThat(collected.count("tcpotel.connection.duration", "=client"))
        .as(seed)
        .isEqualTo(lives(walk, life -> life.outbound && life.established));
    long received =
        walk.all().stream()
            .flatMap(one -> one.lives.stream())
            .mapToLong(life -> life.receivedBytes)
            .sum();
    assertThat(total(collected, "tcpotel.io", "=receive")).as(seed).isEqualTo(received);
    // A reset takes the acknowledgement of what was read with it.
    assertThat(total(collected, "tcpotel.io", "=transmit"))
        .as(seed)
        .isBetween(received / 2, received);
    assertThat(total(collected, "tcpotel.segments", "")).as(seed).isLessThan(2_000_000);
  }

  private static long total(CollectedMetrics collected, String name, String attribute) {
    return collected.sums(name).entrySet().stream()
        .filter(entry -> entry.getKey().contains(attribute))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
