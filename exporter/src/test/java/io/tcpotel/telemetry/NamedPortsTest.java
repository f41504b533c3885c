// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Server ports that keep their series, whatever else comes. */
class NamedPortsTest {
  private static final String ATTEMPTS = "tcpotel.connection.attempts";
  private static final String ACTIVE = "tcpotel.connection.active";
  private static final String OVERFLOW =
      "{otel.metric.overflow=true, tcpotel.connection.role=client}";
  private static final int FIRST_EPHEMERAL = 5_001;
  private static final int EPHEMERAL = 60_000;
  private static final int BUSY = 300;

  /** One is within the ephemeral ones. */
  private static final Set<Integer> NAMED = Set.of(4_443, 50_051);

  private static CollectedMetrics naming(MetricKeys.By by) {
    return new CollectedMetrics(MetricKeys.of(by).withServerPorts(NAMED));
  }

  private static void connect(CollectedMetrics collected, int port) {
    collected.record(RecordImage.open().ports(40_000, port));
    collected.record(RecordImage.close().ports(40_000, port));
  }

  private static String port(int port) {
    return "{server.port=" + port + ", tcpotel.connection.role=client}";
  }

  /** Busy ports come between ephemeral ones, the named ones last. */
  private static void connectToAll(CollectedMetrics collected) {
    for (int i = 0; i < EPHEMERAL; i++) {
      int port = FIRST_EPHEMERAL + i;
      if (!NAMED.contains(port)) {
        connect(collected, port);
      }
      if (i % 10 == 9) {
        connect(collected, 1 + i / 10 % BUSY);
      }
      if (i % 5_000 == 4_999) {
        collected.collect();
      }
    }
    for (int i = 0; i < 70; i++) {
      NAMED.forEach(port -> connect(collected, port));
    }
  }

  @Test
  void namedAndBusyPortsKeepTheirSeriesAndTheRestIsTheOverflow() {
    CollectedMetrics collected = naming(MetricKeys.By.PEER_NAME);
    connectToAll(collected);
    Map<String, Long> attempts = collected.sums(ATTEMPTS);
    NAMED.forEach(port -> assertThat(attempts).containsEntry(port(port), 70L));
    int rounds = EPHEMERAL / 10 / BUSY;
    long ofBusy = 0;
    for (int busy = 1; busy <= BUSY; busy++) {
      assertThat(attempts.get(port(busy))).as("port " + busy).isBetween(rounds - 3L, (long) rounds);
      ofBusy += attempts.get(port(busy));
    }
    assertThat(ofBusy).isGreaterThan(BUSY * (rounds - 1L) - 30);
    assertThat(attempts).hasSizeLessThanOrEqualTo(2_001);
    assertThat(attempts.get(OVERFLOW)).isGreaterThan(EPHEMERAL - 2_000L);
    assertThat(attempts.values().stream().mapToLong(sum -> sum).sum())
        .isEqualTo(EPHEMERAL - 1 + EPHEMERAL / 10 + 2 * 70);
    assertThat(collected.sums(ACTIVE)).isEmpty();
    assertThat(
            collected.histogram("tcpotel.connection.duration").values().stream()
                .mapToLong(point -> point.getCount())
                .sum())
        .isEqualTo(EPHEMERAL - 1 + EPHEMERAL / 10 + 2 * 70);
  }

  @ParameterizedTest
  @EnumSource(names = {"PORT", "ADDRESS_PAIR"})
  void aNamedPortHasItsPlaceInEachTable(MetricKeys.By by) {
    CollectedMetrics collected = naming(by);
    connectToAll(collected);
    NAMED.forEach(
        port ->
            assertThat(collected.sums("tcpotel.segments"))
                .containsEntry(
                    "{network.io.direction=transmit, " + port(port).substring(1), 70 * 60L));
    assertThat(collected.sums(ACTIVE)).isEmpty();
  }

  /** A connection in the overflow may share a slot of the table of open ones with a named port. */
  @Test
  void openConnectionsOfOtherPortsKeepNoNamedPortOut() {
    CollectedMetrics collected = naming(MetricKeys.By.PORT);
    for (int port = FIRST_EPHEMERAL; port < FIRST_EPHEMERAL + EPHEMERAL; port++) {
      if (!NAMED.contains(port)) {
        collected.record(RecordImage.open().ports(40_000, port));
      }
    }
    NAMED.forEach(port -> connect(collected, port));
    NAMED.forEach(port -> assertThat(collected.sums(ATTEMPTS)).containsEntry(port(port), 1L));
  }

  /** In more workloads than there are places: the place of the first ones that are idle is free. */
  @Test
  void beyondTheBudgetANamedPortIsInTheOverflowTooUntilThereIsRoom() {
    WorkloadTable workloads =
        new WorkloadTable(id -> "/system.slice/" + id + ".service", id -> false, 100);
    CollectedMetrics collected =
        new CollectedMetrics(
            new MetricModes(
                false, false, false, MetricKeys.DEFAULT.withServerPorts(NAMED), 40, null, false));
    RecordImage open = RecordImage.open().ports(40_000, 4_443);
    RecordImage close = RecordImage.close().ports(40_000, 4_443);
    for (long id = 1; id <= 50; id++) {
      collected.metrics.record(open.view(), null, workloads.of(id), null);
    }
    assertThat(collected.metrics.size()).isEqualTo(41);
    for (long id = 1; id <= 50; id++) {
      collected.metrics.record(close.view(), null, workloads.of(id), null);
    }
    assertThat(collected.metrics.active()).isZero();
    collected.metrics.finish();
    collected.collect();
    collected.metrics.tick(TimeUnit.MINUTES.toNanos(16));
    collected.metrics.record(open.view(), null, workloads.of(50), null);
    collected.metrics.record(close.view(), null, workloads.of(50), null);
    assertThat(collected.metrics.size()).as("its own, and the overflow").isEqualTo(2);
  }
}
