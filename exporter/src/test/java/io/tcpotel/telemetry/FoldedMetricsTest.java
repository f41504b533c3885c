// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.tcpotel.testing.FoldImage;
import io.tcpotel.workload.Workload;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Ends that the kernel has folded, in the metrics. */
class FoldedMetricsTest {
  private static final String CLIENT = "{server.port=5432, tcpotel.connection.role=client}";
  private static final String REST = "{otel.metric.overflow=true, tcpotel.connection.role=client}";

  private final CollectedMetrics collected = new CollectedMetrics(false);

  private static String with(String attribute) {
    return "{" + attribute + ", " + CLIENT.substring(1);
  }

  private void record(FoldImage fold) {
    collected.metrics.recordFolded(fold.view(), Workload.AGENT);
  }

  private void assertPoint(String histogram, String key, long count, double sum) {
    HistogramPointData point = collected.histogram(histogram).get(key);
    assertThat(point.getCount()).isEqualTo(count);
    assertThat(point.getSum()).isCloseTo(sum, within(1e-9));
  }

  @Test
  void everySumStandsInItsMetric() {
    record(FoldImage.closes());
    assertThat(collected.sums("tcpotel.connection.attempts")).isEqualTo(Map.of(CLIENT, 101L));
    long active = 101 + 53 - 29 - 11;
    assertThat(collected.sums("tcpotel.connection.active")).isEqualTo(Map.of(CLIENT, active));
    String transmit = with("network.io.direction=transmit");
    String receive = with("network.io.direction=receive");
    assertThat(collected.sums("tcpotel.io")).isEqualTo(Map.of(transmit, 40_001L, receive, 50_002L));
    assertThat(collected.sums("tcpotel.segments")).isEqualTo(Map.of(transmit, 603L, receive, 704L));
    assertThat(collected.sums("tcpotel.retransmits")).isEqualTo(Map.of(CLIENT, 85L));
    assertPoint("tcpotel.connection.duration", CLIENT, 3, 0.045);
    assertPoint("tcpotel.rtt", CLIENT, 4, 0.0008);
    assertPoint("tcpotel.min_rtt", CLIENT, 5, 0.0015);
    assertPoint("tcpotel.handshake.duration", CLIENT, 6, 0.009);
    assertThat(collected.sums("tcpotel.lost")).isEqualTo(Map.of(CLIENT, 86L));
  }

  @Test
  void everyDelayStandsInItsMetric() {
    record(FoldImage.closes());
    assertThat(collected.seconds("tcpotel.connection.limited"))
        .isEqualTo(
            Map.of(
                CLIENT.replace("}", ", tcpotel.limited_by=network}"),
                3.101,
                CLIENT.replace("}", ", tcpotel.limited_by=receiver}"),
                3.202,
                CLIENT.replace("}", ", tcpotel.limited_by=send_buffer}"),
                3.303));
    assertThat(collected.seconds("tcpotel.stall.time")).isEqualTo(Map.of(CLIENT, 3.404));
    assertThat(collected.sums("tcpotel.timeouts")).isEqualTo(Map.of(CLIENT, 35L));
    assertThat(collected.sums("tcpotel.spurious_retransmits")).isEqualTo(Map.of(CLIENT, 36L));
    assertThat(collected.sums("tcpotel.out_of_order_segments")).isEqualTo(Map.of(CLIENT, 37L));
    assertThat(collected.sums("tcpotel.connection.stalled")).isEqualTo(Map.of(CLIENT, -7L));
    assertThat(collected.sums("tcpotel.connection.not_accepted")).isEqualTo(Map.of(CLIENT, -6L));
  }

  @Test
  void everyBucketStaysTheKernels() {
    int durations = Instrument.CONNECTION_DURATION.boundaries().size();
    int rtts = Instrument.RTT.boundaries().size();
    int handshakes = Instrument.HANDSHAKE_DURATION.boundaries().size();
    record(
        FoldImage.closes()
            .duration(durations, 2, 60_000_000_000_000L)
            .rtt(rtts, 1, 3_000_000_000L)
            .minRtt(rtts, 7, 14_000_000_000L)
            .handshake(handshakes, 8, 640_000_000_000L));
    var duration = collected.histogram("tcpotel.connection.duration").get(CLIENT).getCounts();
    assertThat(duration.get(FoldImage.DURATION_BUCKET)).isEqualTo(3);
    assertThat(duration.get(durations)).isEqualTo(2);
    var rtt = collected.histogram("tcpotel.rtt").get(CLIENT).getCounts();
    assertThat(rtt.get(FoldImage.RTT_BUCKET)).isEqualTo(4);
    assertThat(rtt.get(rtts)).isEqualTo(1);
    var minRtt = collected.histogram("tcpotel.min_rtt").get(CLIENT).getCounts();
    assertThat(minRtt.get(FoldImage.MIN_RTT_BUCKET)).isEqualTo(5);
    assertThat(minRtt.get(rtts)).isEqualTo(7);
    var handshake = collected.histogram("tcpotel.handshake.duration").get(CLIENT).getCounts();
    assertThat(handshake.get(FoldImage.HANDSHAKE_BUCKET)).isEqualTo(6);
    assertThat(handshake.get(handshakes)).isEqualTo(8);
    assertPoint("tcpotel.connection.duration", CLIENT, 5, 60_000.045);
    assertPoint("tcpotel.rtt", CLIENT, 5, 3.0008);
  }

  @Test
  void theKernelGetsTheBoundariesOfTheHistograms() {
    assertThat(Instrument.foldBuckets().durationNs())
        .hasSize(21)
        .startsWith(500_000L, 1_000_000L, 2_500_000L, 5_000_000L, 10_000_000L, 20_000_000L)
        .endsWith(3_600_000_000_000L, 21_600_000_000_000L);
    assertThat(Instrument.foldBuckets().rttNs())
        .hasSize(14)
        .startsWith(50_000L, 100_000L, 250_000L)
        .endsWith(500_000_000L, 1_000_000_000L);
    assertThat(Instrument.foldBuckets().handshakeNs())
        .hasSize(18)
        .startsWith(100_000L, 250_000L, 500_000L)
        .endsWith(31_000_000_000L, 63_000_000_000L);
  }

  @Test
  void failedConnectsAreAttemptsWithTheirError() {
    record(FoldImage.failures(6).handshake(3, 6, 4_200_000));
    assertThat(collected.sums("tcpotel.connection.attempts"))
        .isEqualTo(Map.of(with("error.type=connection_refused"), 6L));
    assertPoint("tcpotel.handshake.duration", with("error.type=connection_refused"), 6, 0.0042);
    assertThat(collected.sums("tcpotel.connection.active")).isEmpty();
  }

  @Test
  void anErrorStandsInTheDurationAlone() {
    record(FoldImage.closes().error(true, 104, 1, false, false, false));
    assertPoint("tcpotel.connection.duration", with("error.type=connection_reset"), 3, 0.045);
    assertPoint("tcpotel.handshake.duration", CLIENT, 6, 0.009);
    assertPoint("tcpotel.rtt", CLIENT, 4, 0.0008);
    assertThat(collected.sums("tcpotel.connection.attempts")).isEqualTo(Map.of(CLIENT, 101L));
  }

  @Test
  void endsWithoutAnEntryOfTheirOwnAreTheOverflow() {
    record(FoldImage.closes().rest());
    record(FoldImage.failures(7).rest());
    assertThat(collected.sums("tcpotel.connection.attempts"))
        .isEqualTo(Map.of(REST, 101L, "{error.type=_OTHER, " + REST.substring(1), 7L));
    assertThat(collected.sums("tcpotel.connection.active")).isEqualTo(Map.of(REST, 114L));
    assertPoint("tcpotel.connection.duration", REST, 3, 0.045);
  }

  @Test
  void noSumIsLostWhereMetricsTellAddressesApart() {
    CollectedMetrics byPair = new CollectedMetrics(true);
    byPair.metrics.recordFolded(FoldImage.closes().view(), Workload.AGENT);
    byPair.metrics.recordFolded(FoldImage.failures(6).view(), Workload.AGENT);
    byPair.metrics.recordFolded(FoldImage.closes().rest().view(), Workload.AGENT);
    String overflow =
        "otel.metric.overflow=true, server.port=5432, tcpotel.connection.role=client}";
    assertThat(byPair.sums("tcpotel.connection.attempts"))
        .isEqualTo(
            Map.of(
                "{" + overflow,
                101L,
                "{error.type=connection_refused, " + overflow,
                6L,
                REST,
                101L));
    assertThat(byPair.sums("tcpotel.io").values()).containsOnly(40_001L, 50_002L).hasSize(4);
    assertThat(byPair.sums("tcpotel.retransmits"))
        .isEqualTo(Map.of("{" + overflow, 85L, REST, 85L));
    assertThat(byPair.histogram("tcpotel.rtt")).containsOnlyKeys("{" + overflow, REST);
  }
}
