// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.testing.Await;
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
        .withBuckets(Instrument.foldBuckets())
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

  private static void check(SocketWalk walk, List<ConnectionRecord> records, String seed) {
    Map<Long, List<ConnectionRecord>> bySocket =
        records.stream().collect(groupingBy(ConnectionRecord::socketCookie));
    assertThat(bySocket.keySet()).isSubsetOf(walk.all().stream().map(one -> one.cookie).toList());
    for (WalkedSocket one : walk.all()) {
      List<ConnectionRecord> ofSocket = bySocket.getOrDefault(one.cookie, List.of());
      List<List<ConnectionRecord>> connections = byConnection(ofSocket);
      assertThat(connections).as(seed).hasSameSizeAs(one.lives);
      for (int i = 0; i < connections.size(); i++) {
        check(one.lives.get(i), connections.get(i), seed + ": life " + i + " of " + one.cookie);
      }
    }
    long ids = records.stream().map(record -> record.connectionId()).distinct().count();
    assertThat(ids).as(seed).isEqualTo(lives(walk, life -> true));
  }

  /** In the order of their first records. */
  private static List<List<ConnectionRecord>> byConnection(List<ConnectionRecord> ofSocket) {
    Map<Long, List<ConnectionRecord>> connections = new LinkedHashMap<>();
    for (ConnectionRecord record : ofSocket) {
      connections.computeIfAbsent(record.connectionId(), id -> new ArrayList<>()).add(record);
    }
    return List.copyOf(connections.values());
  }

  private static void check(WalkedSocket.Life life, List<ConnectionRecord> records, String name) {
    ConnectionRecord last = records.get(records.size() - 1);
    assertThat(records).extracting(Records::isOutbound).as(name).containsOnly(life.outbound);
    assertThat(last.kind())
        .as(name)
        .isEqualTo(life.established ? RecordKind.CLOSE : RecordKind.FAILED);
    if (life.established) {
      assertThat(records.get(0).kind()).as(name).isEqualTo(RecordKind.OPEN);
      assertThat(records).filteredOn(Records::isOpen).as(name).hasSize(1);
    }
    assertThat(records).filteredOn(Records::isEnd).as(name).hasSize(1);
    assertThat(records).extracting(ConnectionRecord::preexisting).as(name).containsOnly(false);
    assertThat(records)
        .extracting(ConnectionRecord::pid)
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
  private static void checkDifferences(List<ConnectionRecord> records, String name) {
    ConnectionRecord before = new ConnectionRecord(); // all zero
    for (ConnectionRecord record : records) {
      long[] totals = totals(before);
      assertThat(reported(record)).as(name).containsExactly(totals);
      for (int i = 0; i < totals.length; i++) {
        assertThat(totals(record)[i]).as(name).isGreaterThanOrEqualTo(totals[i]);
      }
      before = Records.isOpen(record) ? before : record; // the totals of an open are not counted
    }
  }

  private static long[] totals(ConnectionRecord record) {
    return new long[] {
      record.sentBytes(),
      record.receivedBytes(),
      record.segsOut(),
      record.segsIn(),
      record.totalRetrans()
    };
  }

  private static long[] reported(ConnectionRecord record) {
    return new long[] {
      record.reportedSentBytes(),
      record.reportedReceivedBytes(),
      record.reportedSegsOut(),
      record.reportedSegsIn(),
      record.reportedTotalRetrans()
    };
  }

  @Test
  void theSumsAreTheModelsThoughTheRingIsFull() {
    repeat(
        (cgroup, namespace, seed) -> {
          try (CapturedConnections captured =
                  new CapturedConnections(cgroup, namespace, settings(SMALLEST_RING));
              SocketWalk walk = new SocketWalk(seed)) {
            MeteredConnections metered = new MeteredConnections(captured);
            Random random = new Random(seed);
            walk(
                namespace,
                walk,
                () -> {
                  if (random.nextInt(50) == 0) {
                    collect(captured, metered);
                  }
                });
            Await.until("the ends", () -> hasEnded(captured, walk));
            captured.detach();
            collect(captured, metered);
            captured.assertSumsClose();
            checkSums(walk, metered, "seed " + seed);
          }
        });
  }

  private static boolean hasEnded(CapturedConnections captured, SocketWalk walk) {
    return captured.seen(RecordKind.CLOSE) + captured.seen(RecordKind.FAILED)
        >= lives(walk, life -> true);
  }

  private static void collect(CapturedConnections captured, MeteredConnections metered) {
    captured.walk();
    metered.collect();
  }

  private static void checkSums(SocketWalk walk, MeteredConnections metered, String seed) {
    assertThat(metered.collected.sums("tcpotel.connection.active")).as(seed).isEmpty();
    assertThat(metered.total("tcpotel.connection.attempts", "=client"))
        .as(seed)
        .isEqualTo(lives(walk, life -> life.outbound));
    assertThat(metered.total("tcpotel.connection.attempts", "=server"))
        .as(seed)
        .isEqualTo(lives(walk, life -> !life.outbound));
    assertThat(metered.collected.count("tcpotel.connection.duration", "=client"))
        .as(seed)
        .isEqualTo(lives(walk, life -> life.outbound && life.established));
    for (String role : List.of("=client", "")) {
      assertThat(metered.collected.count("tcpotel.handshake.duration", role))
          .as(seed)
          .isEqualTo(lives(walk, life -> life.outbound));
    }
    long received =
        walk.all().stream()
            .flatMap(one -> one.lives.stream())
            .mapToLong(life -> life.receivedBytes)
            .sum();
    assertThat(metered.total("tcpotel.io", "=receive")).as(seed).isEqualTo(received);
    // A reset takes the acknowledgement of what was read with it.
    assertThat(metered.total("tcpotel.io", "=transmit")).as(seed).isBetween(received / 2, received);
    assertThat(metered.total("tcpotel.segments", "")).as(seed).isLessThan(2_000_000);
  }
}
