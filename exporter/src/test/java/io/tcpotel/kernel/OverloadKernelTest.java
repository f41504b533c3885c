// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The metrics are exact, however little of the detail finds room. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class OverloadKernelTest {
  /** Each of two programs reads the clock for itself: no duration may lie at a bound, as 1 ms. */
  private static final int WITHIN_A_BUCKET_MS = 28;

  private static final int SMALLEST_RING = 4096;
  private static final String HANDSHAKE = "tcpotel.handshake.duration";
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind FAILED = RecordKind.FAILED;
  private static final ReportOutcome FOLDED = ReportOutcome.FOLDED;

  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(SMALLEST_RING, true).withBuckets(Instrument.foldBuckets());

  @Test
  void sumsAreExactThoughMostEndsFindTheRingFull() {
    int connections = 20_000;
    int bytes = 100;
    try (CapturedConnections captured = CapturedConnections.begin(SETTINGS)) {
      captured.namespace().receiveSteering(true);
      MeteredConnections metered = new MeteredConnections(captured);
      var load = captured.namespace().start(new ConnectionLoad(connections, 4, bytes)::run);
      while (!load.isDone()) {
        metered.collect(); // while the kernel adds
        Thread.yield();
      }
      assertThat(load.join().completed()).isEqualTo(connections);
      awaitCloses(captured, 2L * connections);
      captured.detach();
      metered.collect();
      assertThat(captured.outcome(CLOSE, FOLDED)).isPositive();
      assertSums(metered, connections, bytes);
      captured.assertSumsClose();
    }
  }

  private static void awaitCloses(CapturedConnections captured, long closes) {
    Await.until("the last ends", () -> captured.seen(CLOSE) >= closes);
  }

  private static void assertSums(MeteredConnections metered, int connections, int bytes) {
    for (String role : List.of("=client", "=server")) {
      assertThat(metered.total("tcpotel.connection.attempts", role)).isEqualTo(connections);
      assertThat(metered.total("tcpotel.io", role)).isEqualTo(2L * connections * bytes);
      assertThat(metered.collected.count("tcpotel.connection.duration", role))
          .isEqualTo(connections);
      assertThat(metered.collected.count("tcpotel.rtt", role)).isEqualTo(connections);
      assertThat(metered.collected.count("tcpotel.min_rtt", role)).isEqualTo(connections);
    }
    assertThat(metered.collected.count(HANDSHAKE, "=client")).isEqualTo(connections);
    assertThat(metered.collected.count(HANDSHAKE, "")).isEqualTo(connections);
    assertThat(metered.collected.sums("tcpotel.connection.active")).isEmpty();
    long sent = metered.total("tcpotel.segments", "=transmit");
    long received = metered.total("tcpotel.segments", "=receive");
    assertThat(sent).isGreaterThan(5L * connections);
    // A server's socket begins after its SYN-ACK, which the client's counts as received.
    assertThat(received - sent).isBetween(0L, 2L * connections);
    assertThat(metered.total("tcpotel.retransmits", "")).isZero();
  }

  /** Of all ports that refuse, with the ring full: a service that ends later has its own sums. */
  @Test
  void aScanOfClosedPortsTakesNoFoldFromAService() {
    int ports = 3_000;
    try (CapturedConnections captured = CapturedConnections.begin(SETTINGS)) {
      captured.run(
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
      MeteredConnections metered = new MeteredConnections(captured);
      metered.collect();
      String attempts = "tcpotel.connection.attempts";
      assertThat(metered.total(attempts, "connection_refused")).isEqualTo(ports);
      assertThat(metered.total(attempts, "server.port=8080")).isEqualTo(2);
      assertThat(metered.total(attempts, "role=unknown")).as("nobody is nameless").isZero();
    }
  }

  @Test
  void eachNumberOfAFoldIsThatOfTheRecordThatFoundNoRoom() throws Exception {
    List<SocketPair> pairs = new ArrayList<>();
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
      Thread.sleep(WITHIN_A_BUCKET_MS);
      endInManyWays(pairs);
      witness.awaitEnds(2 * pairs.size() + 3);
      witness.detach();
      captured.detach();
      assertThat(captured.outcome(CLOSE, FOLDED)).isPositive();
      assertThat(captured.outcome(FAILED, FOLDED)).isEqualTo(3);
      assertThat(captured.outcome(OPEN, ReportOutcome.DEFERRED)).isPositive();
      MeteredConnections folded = new MeteredConnections(captured);
      MeteredConnections recorded = new MeteredConnections(witness);
      folded.collect();
      recorded.collect();
      assertSame(folded.collected, recorded.collected);
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
    for (String name : List.of("tcpotel.connection.duration", "tcpotel.rtt", "tcpotel.min_rtt")) {
      var expected = recorded.histogram(name);
      var actual = folded.histogram(name);
      assertThat(actual.keySet()).as(name).isEqualTo(expected.keySet());
      actual.forEach(
          (key, point) -> {
            assertThat(point.getCounts()).as(name + key).isEqualTo(expected.get(key).getCounts());
            assertThat(point.getSum()).isCloseTo(expected.get(key).getSum(), within(0.001));
          });
    }
    // Shorter than what lies between two bounds: the two clocks may differ by a bucket.
    var expected = recorded.histogram(HANDSHAKE);
    assertThat(folded.histogram(HANDSHAKE).keySet()).isEqualTo(expected.keySet()).hasSize(12 + 1);
    folded
        .histogram(HANDSHAKE)
        .forEach(
            (key, point) -> {
              assertThat(point.getCount()).as(key).isEqualTo(expected.get(key).getCount());
              assertThat(point.getSum()).isCloseTo(expected.get(key).getSum(), within(0.005));
            });
  }

  /** Two entries for each service, its client's and its own: more than ports may have. */
  @Test
  void servicesWithoutAnEntryOfTheirOwnAreCountedByRole() {
    serve(600, 1000);
  }

  /** As a server has them that opens a port for each connection: passive FTP, or RPC. */
  @Test
  void highPortsWithoutAnEntryOfTheirOwnAreCountedByRole() {
    serve(600, 61_000);
  }

  private static void serve(int services, int firstPort) {
    try (CapturedConnections captured = CapturedConnections.begin(SETTINGS)) {
      captured.run(
          () -> {
            for (int i = 0; i < services; i++) {
              serveOnce(firstPort + i);
            }
          });
      awaitCloses(captured, 2L * services);
      captured.detach();
      MeteredConnections metered = new MeteredConnections(captured);
      metered.collect();
      assertThat(metered.total("tcpotel.connection.attempts", "")).isEqualTo(2 * services);
      assertThat(metered.total("tcpotel.connection.attempts", "otel.metric.overflow=true"))
          // 40: found room in the ring. More than the others where memory was short for a moment.
          .isGreaterThanOrEqualTo(2L * services - 512 - 40)
          .isLessThan(2L * services - 2);
      assertThat(metered.total("tcpotel.connection.attempts", "server.port=" + firstPort))
          .isEqualTo(2);
      for (String times :
          List.of("tcpotel.connection.duration", "tcpotel.rtt", "tcpotel.min_rtt")) {
        assertThat(metered.collected.count(times, "")).as(times).isEqualTo(2L * services);
      }
      assertThat(metered.collected.count(HANDSHAKE, "=client")).isEqualTo(services);
      assertThat(metered.total("tcpotel.connection.attempts", "role=unknown")).isZero();
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
}
