// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Round-trip times of connections that stay open. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class LiveRoundTripKernelTest {
  private static final int CONNECTIONS = 23;
  private static final int WORKING = 11;
  private static final String RTT = "tcpotel.rtt";

  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true)
          .withLiveReports(new LiveReports(0, false))
          .withBuckets(Instrument.foldBuckets());

  private static void send(SocketPair pair) {
    pair.client().sendAll(1000);
    pair.server().receiveExactly(1000);
    Await.until("the acknowledgement", () -> pair.client().tcpInfo().unackedSegments() == 0);
  }

  private static double sum(MeteredConnections metered) {
    return metered.collected.histogram(RTT).values().stream()
        .mapToDouble(HistogramPointData::getSum)
        .sum();
  }

  private static void assertCounts(
      MeteredConnections metered, String when, int client, int server) {
    metered.walk();
    assertThat(metered.collected.count(RTT, "=client")).as("clients, " + when).isEqualTo(client);
    assertThat(metered.collected.count(RTT, "=server")).as("servers, " + when).isEqualTo(server);
  }

  @Test
  void eachConnectionWithNewSamplesIsObservedOnceInEachInterval() {
    List<SocketPair> pairs = new ArrayList<>();
    try (CapturedConnections captured = CapturedConnections.begin(SETTINGS)) {
      MeteredConnections metered = new MeteredConnections(captured);
      for (int i = 0; i < CONNECTIONS; i++) {
        pairs.add(captured.connect("127.0.0.1"));
      }
      assertCounts(metered, "of the handshakes", CONNECTIONS, CONNECTIONS);
      assertCounts(metered, "of a silent interval", CONNECTIONS, CONNECTIONS);
      pairs.subList(0, WORKING).forEach(LiveRoundTripKernelTest::send);
      assertCounts(metered, "of those that sent", CONNECTIONS + WORKING, CONNECTIONS);
      pairs.subList(0, WORKING).forEach(LiveRoundTripKernelTest::send);
      double before = sum(metered);
      assertCounts(metered, "again", CONNECTIONS + 2 * WORKING, CONNECTIONS);
      double after = sum(metered);
      double now =
          pairs.subList(0, WORKING).stream().mapToDouble(p -> p.client().tcpInfo().rttUs()).sum();
      assertThat(after - before).as("as of now").isCloseTo(now / 1e6, within(WORKING * 1e-6));
      pairs.forEach(SocketPair::finish);
      captured.awaitEnds(2 * CONNECTIONS);
      assertCounts(metered, "of the ends", 2 * CONNECTIONS + 2 * WORKING, 2 * CONNECTIONS);
      assertThat(metered.collected.count("tcpotel.min_rtt", "")).isEqualTo(2 * CONNECTIONS);
      assertThat(metered.collected.count("tcpotel.handshake.duration", "=client"))
          .isEqualTo(CONNECTIONS);
      assertThat(metered.collected.count("tcpotel.handshake.duration", "")).isEqualTo(CONNECTIONS);
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }
}
