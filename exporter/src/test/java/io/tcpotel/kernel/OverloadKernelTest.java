// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tcpotel.bpf.Folds;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The metrics are exact, however little of the detail finds room. */
@KernelTest
@Timeout(120)
class OverloadKernelTest {
  private static final int SMALLEST_RING = 4096;
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind FAILED = RecordKind.FAILED;
  private static final ReportOutcome FOLDED = ReportOutcome.FOLDED;

  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(SMALLEST_RING, true).withBuckets(ConnectionMetrics.foldBuckets());

  /** As the program takes records and folds. */
  private static void collect(
      CapturedConnections captured, CollectedMetrics collected, Folds folds) {
    captured.drain();
    for (CapturedRecord record : captured.takeRecords()) {
      collected.metrics.record(record.view(), ErrorType.of(record.view()));
    }
    FoldedEnds ends = new FoldedEnds();
    folds.collect((key, difference) -> collected.metrics.recordFolded(ends.at(key, difference)));
  }

  private static long total(CollectedMetrics collected, String name, String attribute) {
    return collected.sums(name).entrySet().stream()
        .filter(entry -> entry.getKey().contains(attribute))
        .mapToLong(java.util.Map.Entry::getValue)
        .sum();
  }

  @Test
  void sumsAreExactThoughMostEndsFindTheRingFull() {
    int connections = 20_000;
    int bytes = 100;
    CollectedMetrics collected = new CollectedMetrics(false);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      namespace.receiveSteering(true);
      Folds folds = captured.folds();
      AtomicBoolean done = new AtomicBoolean();
      var load =
          namespace.start(
              () -> {
                ConnectionLoad.Outcome outcome = new ConnectionLoad(connections, 4, bytes).run();
                done.set(true);
                return outcome;
              });
      while (!done.get()) {
        collect(captured, collected, folds); // while the kernel adds
        Thread.yield();
      }
      assertThat(load.join().completed()).isEqualTo(connections);
      awaitCloses(captured, 2L * connections);
      captured.detach();
      collect(captured, collected, folds);
      assertThat(captured.outcome(CLOSE, FOLDED)).isPositive();
      assertSums(collected, connections, bytes);
      captured.assertSumsClose();
    }
  }

  private static void awaitCloses(CapturedConnections captured, long closes) {
    while (captured.seen(CLOSE) < closes) {
      Thread.onSpinWait(); // the last FINs; the test's time limit ends it
    }
  }

  private static void assertSums(CollectedMetrics collected, int connections, int bytes) {
    for (String role : List.of("=client", "=server")) {
      assertThat(total(collected, "tcpotel.connection.attempts", role)).isEqualTo(connections);
      assertThat(total(collected, "tcpotel.io", role)).isEqualTo(2L * connections * bytes);
      assertThat(collected.count("tcpotel.connection.duration", role)).isEqualTo(connections);
      assertThat(collected.count("tcpotel.rtt", role)).isEqualTo(connections);
    }
    assertThat(collected.sums("tcpotel.connection.active")).isEmpty();
    long sent = total(collected, "tcpotel.segments", "=transmit");
    long received = total(collected, "tcpotel.segments", "=receive");
    assertThat(sent).isGreaterThan(5L * connections);
    // A server's socket begins after its SYN-ACK, which the client's counts as received.
    assertThat(received - sent).isBetween(0L, 2L * connections);
    assertThat(total(collected, "tcpotel.retransmits", "")).isZero();
  }

  /** Of all ports that refuse, with the ring full: a service that ends later has its own sums. */
  @Test
  void aScanOfClosedPortsTakesNoFoldFromAService() {
    int ports = 3_000;
    CollectedMetrics collected = new CollectedMetrics(false);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      namespace.run(
          () -> {
            for (int port = 1; port <= ports; port++) {
              try (TestSocket socket = TestSocket.v4()) {
                socket.tryConnect(Endpoint.of("127.0.0.1", port));
              }
            }
            serveOnce(8080);
          });
      awaitCloses(captured, 2);
      captured.detach();
      assertThat(captured.outcome(CLOSE, FOLDED)).isEqualTo(2);
      collect(captured, collected, captured.folds());
    }
    String attempts = "tcpotel.connection.attempts";
    assertThat(total(collected, attempts, "connection_refused")).isEqualTo(ports);
    assertThat(total(collected, attempts, "server.port=8080")).isEqualTo(2);
    assertThat(total(collected, attempts, "role=unknown")).as("nobody is nameless").isZero();
  }

  @Test
  void eachNumberOfAFoldIsThatOfTheRecordThatFoundNoRoom() {
    List<SocketPair> pairs = new ArrayList<>();
    CollectedMetrics folded = new CollectedMetrics(false);
    CollectedMetrics recorded = new CollectedMetrics(false);
    ProbeSettings roomy = ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections witness = new CapturedConnections(cgroup, namespace, roomy);
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      namespace.run(
          () -> {
            for (int i = 0; i < 12; i++) {
              pairs.add(SocketPair.over(i % 2 == 0 ? "127.0.0.1" : "::1"));
            }
            refuse(3);
          });
      for (int i = 0; i < pairs.size(); i++) {
        pairs.get(i).client().sendAll(1000 + i);
        pairs.get(i).server().receiveExactly(1000 + i);
      }
      endInManyWays(pairs);
      witness.awaitEnds(2 * pairs.size() + 3);
      witness.detach();
      captured.detach();
      assertThat(captured.outcome(CLOSE, FOLDED)).isPositive();
      assertThat(captured.outcome(FAILED, FOLDED)).isEqualTo(3);
      assertThat(captured.outcome(OPEN, ReportOutcome.DEFERRED)).isPositive();
      collect(captured, folded, captured.folds());
      collect(witness, recorded, witness.folds());
      assertSame(folded, recorded);
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }

  private static void refuse(int times) {
    for (int i = 0; i < times; i++) {
      try (TestSocket socket = TestSocket.v4()) {
        assertThat(socket.tryConnect(Endpoint.of("127.0.0.1", 9))).isPositive();
      }
    }
  }

  private static void endInManyWays(List<SocketPair> pairs) {
    for (int i = 0; i < pairs.size(); i++) {
      SocketPair pair = pairs.get(i);
      if (i % 3 == 0) {
        pair.finish();
      } else if (i % 3 == 1) {
        pair.client().reset();
        pair.server().close();
      } else {
        pair.client().sendAll(7); // unread, so that the server's close resets
        pair.server().close();
        pair.client().close();
      }
    }
  }

  private static void assertSame(CollectedMetrics folded, CollectedMetrics recorded) {
    for (String counter :
        List.of(
            "tcpotel.connection.attempts",
            "tcpotel.connection.active",
            "tcpotel.io",
            "tcpotel.segments",
            "tcpotel.retransmits")) {
      assertThat(folded.sums(counter)).as(counter).isEqualTo(recorded.sums(counter));
    }
    for (String name : List.of("tcpotel.connection.duration", "tcpotel.rtt")) {
      var expected = recorded.histogram(name);
      var actual = folded.histogram(name);
      assertThat(actual.keySet()).as(name).isEqualTo(expected.keySet());
      actual.forEach(
          (key, point) -> {
            assertThat(point.getCounts()).as(name + key).isEqualTo(expected.get(key).getCounts());
            assertThat(point.getSum()).isCloseTo(expected.get(key).getSum(), within(0.001));
          });
    }
  }

  /** Two entries for each service, its client's and its own: more than ports may have. */
  @Test
  void servicesWithoutAnEntryOfTheirOwnAreCountedByRole() {
    int services = 600;
    CollectedMetrics collected = new CollectedMetrics(false);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      namespace.run(
          () -> {
            for (int i = 0; i < services; i++) {
              serveOnce(1000 + i);
            }
          });
      awaitCloses(captured, 2L * services);
      captured.detach();
      collect(captured, collected, captured.folds());
      assertThat(total(collected, "tcpotel.connection.attempts", "")).isEqualTo(2 * services);
      assertThat(total(collected, "tcpotel.connection.attempts", "otel.metric.overflow=true"))
          .isBetween(2L * services - 512 - 40, 2L * services - 512); // 40: found room in the ring
      assertThat(total(collected, "tcpotel.connection.attempts", "role=unknown")).isZero();
    }
  }

  private static void serveOnce(int port) {
    Endpoint service = Endpoint.of("127.0.0.1", port);
    try (TestSocket listener = TestSocket.listening(service);
        TestSocket client = TestSocket.v4().connect(service);
        TestSocket server = listener.accept()) {
      new SocketPair(client, server).finish();
    }
  }

  @Test
  void nothingIsCountedTwiceWhenAWalkMeetsAFullRing() throws Exception {
    List<SocketPair> pairs = new ArrayList<>();
    CollectedMetrics collected = new CollectedMetrics(false);
    ProbeSettings settings = SETTINGS.withLiveReports(new LiveReports(0, true));
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, settings)) {
      namespace.run(
          () -> {
            for (int i = 0; i < 40; i++) {
              pairs.add(SocketPair.over("127.0.0.1"));
            }
          });
      Folds folds = captured.folds();
      for (SocketPair pair : pairs) {
        pair.client().sendAll(11);
        pair.server().receiveExactly(11);
      }
      captured.walk();
      for (SocketPair pair : pairs) {
        pair.client().sendAll(4);
        pair.server().receiveExactly(4);
        pair.finish();
      }
      awaitCloses(captured, 2L * pairs.size());
      captured.detach();
      collect(captured, collected, folds);
      assertThat(total(collected, "tcpotel.io", "=transmit")).isEqualTo(15L * pairs.size());
      assertThat(total(collected, "tcpotel.io", "=receive")).isEqualTo(15L * pairs.size());
      assertThat(total(collected, "tcpotel.connection.attempts", "")).isEqualTo(80);
      assertThat(collected.sums("tcpotel.connection.active")).isEmpty();
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }
}
