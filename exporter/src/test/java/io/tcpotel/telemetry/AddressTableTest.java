// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tcpotel.testing.RecordImage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AddressTableTest {
  private static final String OVERFLOW =
      "{otel.metric.overflow=true, server.port=5432, tcpotel.connection.role=client}";

  private final CollectedMetrics collected = new CollectedMetrics(true);

  private static RecordImage between(int local, int peer) {
    return RecordImage.close()
        .openReported(false)
        .localAddress("10.0." + local / 250 + "." + local % 250)
        .peerAddress("2001:db8::" + Integer.toHexString(peer));
  }

  private static String pair(int local, int peer) {
    return "{network.local.address=10.0.%d.%d, network.peer.address=2001:db8::%x, server.port=5432, tcpotel.connection.role=client}"
        .formatted(local / 250, local % 250, peer);
  }

  @Test
  void keepsAThousandPairsApart() {
    for (int round = 0; round < 3; round++) {
      for (int pair = 1; pair <= 1000; pair++) {
        collected.record(between(pair % 40, pair));
      }
    }
    assertThat(collected.sums("tcpotel.connection.attempts"))
        .hasSize(1000)
        .containsEntry(pair(7, 7), 3L);
  }

  /** Of each pair another number of connections, and other values. */
  @Test
  void tellsRetransmitsAndRoundTripTimesOfPairsApart() {
    for (int pair = 1; pair <= 5; pair++) {
      for (int i = 0; i < pair; i++) {
        collected.record(between(pair, 50 + pair).retransmits(10 * pair, 0).srttUs(8_000 * pair));
      }
    }
    for (int pair = 1; pair <= 5; pair++) {
      String key = pair(pair, 50 + pair);
      assertThat(collected.sums("tcpotel.retransmits")).containsEntry(key, 10L * pair * pair);
      HistogramPointData rtt = collected.histogram("tcpotel.rtt").get(key);
      assertThat(rtt.getCount()).isEqualTo(pair);
      assertThat(rtt.getSum()).isCloseTo(pair * pair / 1e3, within(1e-9));
    }
  }

  /** Refused connects to many addresses do not displace it, whoever came first. */
  @Test
  void keepsThePairsOfMostConnectionsAndBytes() {
    RecordImage refused = RecordImage.failure().bytes(0, 0);
    for (int i = 0; i < 5_000; i++) {
      collected.record(refused.peerAddress("127.0." + i / 250 + "." + i % 250));
      if (i % 10 == 9) {
        collected.record(between(3, 0xcafe));
      }
    }
    assertThat(collected.sums("tcpotel.connection.attempts")).containsEntry(pair(3, 0xcafe), 500L);
  }

  @Test
  void aPairThatComesLateTakesThePlaceOfALightOne() {
    for (int pair = 1; pair <= 1_200; pair++) {
      collected.record(between(1, pair));
    }
    for (int i = 0; i < 5; i++) {
      collected.record(between(3, 0xcafe));
    }
    assertThat(collected.sums("tcpotel.connection.attempts")).containsEntry(pair(3, 0xcafe), 5L);
  }

  @Test
  void countsItsSeriesAndEndsThoseThatAreIdle() {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    collected.metrics.observe(
        new SelfMetrics(SdkMeterProvider.builder().registerMetricReader(reader).build()));
    for (int pair = 1; pair <= 1_200; pair++) {
      collected.record(between(1, pair));
    }
    assertThat(usage(reader)).as("the pairs, their overflow, the port").isEqualTo(1_000 + 1 + 1);
    collected.collect();
    collected.metrics.tick(TimeUnit.MINUTES.toNanos(15));
    assertThat(usage(reader)).isZero();
    assertThat(collected.collect()).isEmpty();
  }

  private static long usage(InMemoryMetricReader reader) {
    return reader.collectAllMetrics().stream()
        .filter(metric -> metric.getName().equals("tcpotel.metric.stream.usage"))
        .mapToLong(metric -> metric.getLongSumData().getPoints().iterator().next().getValue())
        .sum();
  }

  @Test
  void losesNothingOfPairsThatAreDisplaced() {
    CollectedMetrics delta =
        new CollectedMetrics(
            new MetricModes(
                true, true, false, MetricKeys.of(MetricKeys.By.ADDRESS_PAIR), 2000, null, false));
    long attempts = 0;
    for (int i = 0; i < 4_500; i++) {
      delta.record(between(i % 40, i));
      if (i % 700 == 699 || i == 4_499) {
        attempts += total(delta.sums("tcpotel.connection.attempts"));
      }
    }
    assertThat(attempts).isEqualTo(4_500);
    assertThat(delta.metrics.collected(CountedSum.ATTEMPTS))
        .isEqualTo(new ConnectionMetrics.Collected(4_500, 0));
  }

  @Test
  void addsThePairsThatAreDisplacedToTheOverflowOfEachInstrument() {
    for (int i = 0; i < 4_500; i++) {
      collected.record(between(i % 40, i));
    }
    assertThat(collected.sums("tcpotel.connection.attempts"))
        .hasSize(1001)
        .containsEntry(OVERFLOW, 3_500L);
    assertThat(total(collected.sums("tcpotel.io"))).isEqualTo(4_500 * 93_300L);
    assertThat(collected.sums("tcpotel.retransmits"))
        .hasSize(1001)
        .containsEntry(OVERFLOW, 3_500 * 3L);
    for (String histogram : List.of("tcpotel.connection.duration", "tcpotel.rtt")) {
      assertThat(collected.histogram(histogram).values())
          .extracting(HistogramPointData::getCount)
          .contains(3_500L)
          .hasSize(1001);
    }
  }

  private static long total(Map<String, Long> sums) {
    return sums.values().stream().mapToLong(sum -> sum).sum();
  }

  /** As nobody: refused connects over a thousand addresses of 127/8, to all ports. */
  @Test
  void isBoundedThoughPairsMeetPorts() {
    RecordImage refused = RecordImage.failure();
    for (int i = 0; i < 300_000; i++) {
      collected.record(refused.peerAddress("127.0.3." + i % 250).ports(1, 1 + i % 32_749));
    }
    long points =
        collected.collect().stream().mapToLong(metric -> metric.getData().getPoints().size()).sum();
    assertThat(points).isLessThan(7 * 2_000);
    assertThat(total(collected.sums("tcpotel.connection.attempts"))).isEqualTo(300_000);
  }
}
