// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.tcpotel.testing.FoldImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.RewrittenNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The name of the peer as an attribute of metrics. */
class PeerMetricsTest {
  private static final String ATTEMPTS = "tcpotel.connection.attempts";
  private static final String ACTIVE = "tcpotel.connection.active";
  private static final String NAMES =
      """
      10.1.0.0/16 payments prod
      10.2.0.0/16 printer
      """;
  private static final String UNKNOWN = peer("");
  private static final String PAYMENTS =
      peer("service.peer.name=payments, service.peer.namespace=prod, ");
  private static final String PRINTER = peer("service.peer.name=printer, ");
  private static final String BILLING = peer("service.peer.name=billing, ");

  private final WorkloadTable workloads =
      new WorkloadTable(
          id -> "/system.slice/" + (id == 1 ? "billing" : "printer") + ".service", id -> false, 9);
  private final RewrittenNames file;
  private final CollectedMetrics collected = new CollectedMetrics(false);

  PeerMetricsTest(@TempDir Path folder) throws IOException {
    file = new RewrittenNames(folder.resolve("names"), NAMES);
    collected.metrics.setPeerNames(file.names());
  }

  private static String peer(String attributes) {
    String port = "server.port=5432, ";
    return "{" + port + attributes + "tcpotel.connection.role=client}";
  }

  private void connect(String address, Workload peer, int times) {
    for (int i = 0; i < times; i++) {
      collected.record(RecordImage.open().peerAddress(address), peer);
      collected.record(RecordImage.close().peerAddress(address), peer);
    }
  }

  private static Map<String, Long> of(String key, long sum, String other, long otherSum) {
    return new TreeMap<>(Map.of(key, sum, other, otherSum));
  }

  @Test
  void metricsHaveTheNameOfAPeerWhereItIsKnown() {
    connect("10.1.2.3", null, 2);
    connect("10.2.2.3", null, 3);
    connect("10.3.2.3", null, 5);
    connect("10.3.2.3", workloads.of(1), 7);
    assertThat(collected.sums(ATTEMPTS))
        .containsOnly(
            entry(PAYMENTS, 2L), entry(PRINTER, 3L), entry(UNKNOWN, 5L), entry(BILLING, 7L));
    assertThat(collected.sums("tcpotel.retransmits"))
        .containsOnly(
            entry(PAYMENTS, 6L), entry(PRINTER, 9L), entry(UNKNOWN, 15L), entry(BILLING, 21L));
    assertThat(collected.sums("tcpotel.io")).hasSize(8);
    for (String histogram : new String[] {"tcpotel.connection.duration", "tcpotel.rtt"}) {
      assertThat(counts(histogram))
          .containsOnly(
              entry(PAYMENTS, 2L), entry(PRINTER, 3L), entry(UNKNOWN, 5L), entry(BILLING, 7L));
    }
  }

  private Map<String, Long> counts(String histogram) {
    return collected.histogram(histogram).entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().getCount()));
  }

  @Test
  void openConnectionsAndSegmentsOfAllPeersStandTogether() {
    collected.record(RecordImage.open().peerAddress("10.1.2.3"));
    connect("10.2.2.3", null, 1);
    connect("10.3.2.3", null, 1);
    assertThat(collected.sums(ACTIVE)).containsOnly(entry(UNKNOWN, 1L));
    assertThat(collected.sums("tcpotel.segments").values()).containsOnly(2 * 60L, 2 * 63L);
    assertThat(collected.sums("tcpotel.spurious_retransmits")).containsOnlyKeys(UNKNOWN);
  }

  /** Metrics of unknown peers do not appear because others are known. */
  @Test
  void nothingIsShownOfUnknownPeersWhereAllAreKnown() {
    connect("10.1.2.3", null, 1);
    assertThat(collected.metric("tcpotel.io").getLongSumData().getPoints()).hasSize(2);
    assertThat(collected.metric("tcpotel.retransmits").getLongSumData().getPoints()).hasSize(1);
  }

  /** Their attributes are the same. */
  @Test
  void aWorkloadAndALineOfTheFileWithOneNameHaveOneSeries() {
    connect("10.2.2.3", null, 2);
    connect("10.3.2.3", workloads.of(2), 3);
    assertThat(collected.sums(ATTEMPTS)).containsOnly(entry(PRINTER, 5L));
  }

  @Test
  void theNamesFileDecidesBeforeTheWorkload() {
    connect("10.2.2.3", workloads.of(1), 2);
    assertThat(collected.sums(ATTEMPTS)).containsOnly(entry(PRINTER, 2L));
  }

  @Test
  void aReloadOfTheFileMixesNoNames() throws IOException {
    collected.record(RecordImage.open().peerAddress("10.1.2.3"));
    connect("10.1.2.3", null, 2);
    file.rewrite("10.1.0.0/16 printer\n10.2.0.0/16 payments prod\n10.3.0.0/16 scanner\n");
    connect("10.1.2.3", null, 20);
    connect("10.3.2.3", null, 30);
    collected.record(RecordImage.close().peerAddress("10.1.2.3"));
    assertThat(collected.sums(ATTEMPTS))
        .containsOnly(
            entry(PAYMENTS, 3L),
            entry(PRINTER, 20L),
            entry(peer("service.peer.name=scanner, "), 30L));
    assertThat(counts("tcpotel.connection.duration"))
        .containsEntry(PAYMENTS, 2L)
        .containsEntry(PRINTER, 21L);
    assertThat(collected.sums(ACTIVE)).as("opened and closed under two names").isEmpty();
    file.rewrite("");
    connect("10.1.2.3", null, 4);
    assertThat(collected.sums(ATTEMPTS)).containsEntry(UNKNOWN, 4L).containsEntry(PAYMENTS, 3L);
  }

  /** The number of a name that no series has may become another's. */
  @Test
  void aNameEndsWithItsSeries() throws IOException {
    for (int round = 0; round < 3; round++) {
      file.rewrite("10.1.0.0/16 name" + round);
      connect("10.1.2.3", null, 2 + round);
      connect("10.3.2.3", workloads.of(1), 7);
      collected.collect();
      assertThat(collected.sums(ATTEMPTS))
          .containsOnly(
              entry(peer("service.peer.name=name" + round + ", "), 2L + round), entry(BILLING, 7L));
      collected.metrics.tick(TimeUnit.MINUTES.toNanos(16L * (round + 1)));
      assertThat(collected.metrics.size()).isZero();
    }
  }

  /** More names than there may be series. */
  @Test
  void namesBeyondTheLimitStandInTheOverflow() throws IOException {
    file.rewrite(
        IntStream.range(0, 3_000)
            .mapToObj(each -> "10.4." + each / 250 + "." + each % 250 + " name" + each)
            .collect(Collectors.joining("\n")));
    for (int each = 0; each < 3_000; each++) {
      connect("10.4." + each / 250 + "." + each % 250, null, 2);
    }
    Map<String, Long> attempts = collected.sums(ATTEMPTS);
    assertThat(attempts).hasSize(2_000);
    assertThat(attempts.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(6_000);
    assertThat(attempts).containsEntry(peer("service.peer.name=name7, "), 2L);
    assertThat(attempts).containsKey("{otel.metric.overflow=true, tcpotel.connection.role=client}");
    assertThat(collected.metrics.size()).isEqualTo(2_001);
    assertThat(collected.sums(ACTIVE)).isEmpty();
  }

  @Test
  void withoutNamesThePortAloneTellsConnectionsApart() {
    CollectedMetrics byPort = new CollectedMetrics(MetricKeys.of(MetricKeys.By.PORT));
    byPort.metrics.setPeerNames(file.names());
    byPort.record(RecordImage.close().peerAddress("10.1.2.3"), workloads.of(1));
    assertThat(byPort.histogram("tcpotel.rtt")).containsOnlyKeys(UNKNOWN);
  }

  @Test
  void pairsOfAddressesHaveTheNameToo() {
    CollectedMetrics byPair = new CollectedMetrics(true);
    byPair.metrics.setPeerNames(file.names());
    byPair.record(RecordImage.close().peerAddress("10.1.2.3"));
    byPair.record(RecordImage.close().peerAddress("10.3.2.3"));
    String local = "{network.local.address=10.1.2.3, network.peer.address=";
    assertThat(byPair.histogram("tcpotel.rtt"))
        .containsOnlyKeys(
            local + "10.1.2.3, " + PAYMENTS.substring(1),
            local + "10.3.2.3, " + UNKNOWN.substring(1));
    assertThat(byPair.sums("tcpotel.segments")).hasSize(2);
  }

  @Test
  void endsThatTheKernelHasAddedUpHaveNoPeer() {
    connect("10.1.2.3", null, 1);
    collected.metrics.recordFolded(FoldImage.closes().view(), Workload.AGENT);
    assertThat(collected.sums("tcpotel.retransmits")).isEqualTo(of(PAYMENTS, 3, UNKNOWN, 85));
    HistogramPointData rtt = collected.histogram("tcpotel.rtt").get(UNKNOWN);
    assertThat(rtt.getCount()).isEqualTo(4);
  }
}
