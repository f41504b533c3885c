// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The prefix of the peer's address as an attribute of metrics. */
class PrefixMetricsTest {
  private static final String ATTEMPTS = "tcpotel.connection.attempts";

  private static CollectedMetrics by(int ipv4, int ipv6) {
    return new CollectedMetrics(MetricKeys.of(new PrefixLengths(ipv4, ipv6)));
  }

  private static RecordImage to(String peer) {
    return RecordImage.close().openReported(false).peerAddress(peer);
  }

  private static String prefix(String prefix) {
    return "{network.peer.address.prefix=%s, server.port=5432, tcpotel.connection.role=client}"
        .formatted(prefix);
  }

  @ParameterizedTest
  @CsvSource({
    "24, 48, 10.1.2.203, 10.1.2.0/24",
    "0, 48, 210.1.2.3, 0.0.0.0/0",
    "1, 48, 210.1.2.3, 128.0.0.0/1",
    "31, 48, 10.1.2.255, 10.1.2.254/31",
    "32, 48, 10.1.2.255, 10.1.2.255/32",
    "24, 48, 2001:db8:1:ffff::7, 2001:db8:1::/48",
    "24, 0, ffff::7, ::/0",
    "24, 1, ffff::7, 8000::/1",
    "24, 63, 2001:db8:1:3:ffff::7, 2001:db8:1:2::/63",
    "24, 64, 2001:db8:1:3:ffff::7, 2001:db8:1:3::/64",
    "24, 65, 2001:db8:1:3:ffff::7, 2001:db8:1:3:8000::/65",
    "24, 127, 2001:db8::7, 2001:db8::6/127",
    "24, 128, 2001:db8::7, 2001:db8::7/128"
  })
  void thePrefixHasThatManyBits(int ipv4, int ipv6, String peer, String prefix) {
    CollectedMetrics collected = by(ipv4, ipv6);
    collected.record(to(peer));
    assertThat(collected.sums(ATTEMPTS)).containsOnlyKeys(prefix(prefix));
  }

  @Test
  void addressesOfOnePrefixAreCountedTogether() {
    CollectedMetrics collected = by(24, 48);
    for (int i = 0; i < 100; i++) {
      collected.record(to("10.1.2." + i).localAddress("10.7.7." + i));
      collected.record(to("2001:db8:7:" + i + "::1"));
    }
    collected.record(to("10.1.3.1"));
    assertThat(collected.sums(ATTEMPTS))
        .isEqualTo(
            Map.of(
                prefix("10.1.2.0/24"),
                100L,
                prefix("2001:db8:7::/48"),
                100L,
                prefix("10.1.3.0/24"),
                1L));
    assertThat(collected.sums("tcpotel.retransmits")).containsEntry(prefix("10.1.2.0/24"), 300L);
    assertThat(
            collected.histogram("tcpotel.rtt").entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().getCount())))
        .containsEntry(prefix("2001:db8:7::/48"), 100L);
    assertThat(collected.sums("tcpotel.segments")).hasSize(2);
  }

  /** As a scan of a whole network makes them. */
  @Test
  void keepsAThousandPrefixesApartAndTheSumsExact() {
    CollectedMetrics collected = by(32, 128);
    for (int i = 0; i < 3_000; i++) {
      collected.record(to("10.1." + i / 250 + "." + i % 250));
      collected.record(to("10.2.2.2"));
    }
    Map<String, Long> attempts = collected.sums(ATTEMPTS);
    assertThat(attempts).hasSize(1_001).containsEntry(prefix("10.2.2.2/32"), 3_000L);
    assertThat(attempts.values().stream().mapToLong(sum -> sum).sum()).isEqualTo(6_000);
  }
}
