// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Metrics of several workloads: each has series and a resource of its own. */
class WorkloadMetricsTest {
  private static final String ATTEMPTS = "tcpotel.connection.attempts";
  private static final String ACTIVE = "tcpotel.connection.active";
  private static final AttributeKey<String> IDENTITY = AttributeKey.stringKey("identity");
  private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(60);

  private final Map<Long, String> paths = new HashMap<>();
  private final Set<Long> removed = new HashSet<>();
  private final Set<String> expired = new HashSet<>();
  private final WorkloadTable workloads =
      new WorkloadTable(paths::get, removed::contains, WorkloadTable.LIMIT);
  private Instant wallClock = Instant.ofEpochSecond(1_700_000_000);
  private ConnectionMetrics metrics = metrics(MetricModes.cumulative(MetricKeys.DEFAULT));
  private long nowNs = TimeUnit.HOURS.toNanos(1);

  private ConnectionMetrics metrics(MetricModes modes) {
    return new ConnectionMetrics(
        modes,
        () -> wallClock,
        workloads,
        workload -> Resource.create(Attributes.of(IDENTITY, workload.identity())));
  }

  WorkloadMetricsTest() {
    workloads.onExpiry(workload -> expired.add(workload.identity()));
    paths.put(1L, "/system.slice/one.service");
    paths.put(2L, "/system.slice/two.service");
    paths.put(3L, "/system.slice/three.service");
    tick(0);
  }

  private void tick(long laterNs) {
    nowNs += laterNs;
    wallClock = wallClock.plusNanos(laterNs);
    workloads.tick(nowNs);
    metrics.tick(nowNs);
  }

  private void record(RecordImage image, long cgroup) {
    ConnectionRecord record = image.cgroup(cgroup).view();
    metrics.record(record, ErrorType.of(record), workloads.of(record.cgroupId()), null);
  }

  private void connect(long cgroup, int times) {
    for (int i = 0; i < times; i++) {
      record(RecordImage.open(), cgroup);
      record(RecordImage.close(), cgroup);
    }
  }

  private Collection<MetricData> collect() {
    Collection<MetricData> collected =
        metrics.produce(Resource.create(Attributes.of(IDENTITY, "agent")));
    metrics.answered();
    return collected;
  }

  /** The sum of a counter's points by the identity in their resource. */
  private static Map<String, Long> sums(Collection<MetricData> collected, String name) {
    Map<String, Long> sums = new TreeMap<>();
    for (MetricData metric : collected) {
      if (metric.getName().equals(name)) {
        for (LongPointData point : metric.getLongSumData().getPoints()) {
          sums.merge(metric.getResource().getAttribute(IDENTITY), point.getValue(), Long::sum);
        }
      }
    }
    return sums;
  }

  private Map<String, Long> attempts() {
    return sums(collect(), ATTEMPTS);
  }

  @Test
  void eachWorkloadHasItsSeriesUnderItsResource() {
    connect(1, 3);
    connect(2, 5);
    connect(99, 7);
    tick(INTERVAL_NS);
    assertThat(attempts())
        .containsOnly(
            Map.entry("/system.slice/one.service", 3L),
            Map.entry("/system.slice/two.service", 5L),
            Map.entry("agent", 7L));
    connect(2, 11);
    assertThat(attempts()).containsEntry("/system.slice/two.service", 16L);
  }

  @Test
  void pairsOfAddressesToo() {
    metrics = metrics(MetricModes.cumulative(MetricKeys.of(MetricKeys.By.ADDRESS_PAIR)));
    connect(1, 3);
    connect(2, 5);
    removed.add(2L);
    tick(INTERVAL_NS);
    connect(3, 4);
    removed.add(3L);
    tick(INTERVAL_NS);
    Collection<MetricData> collected = collect();
    assertThat(sums(collected, ATTEMPTS))
        .containsOnly(Map.entry("/system.slice/one.service", 3L), Map.entry("/system.slice//", 9L));
    assertThat(sums(collected, ACTIVE)).containsEntry("/system.slice//", 0L);
  }

  @Test
  void metricsOfOneWorkloadStandTogether() {
    connect(1, 1);
    connect(2, 1);
    tick(INTERVAL_NS);
    String last = null;
    Set<String> seen = new HashSet<>();
    for (MetricData metric : collect()) {
      String identity = metric.getResource().getAttribute(IDENTITY);
      assertThat(identity.equals(last) || seen.add(identity)).as(identity).isTrue();
      last = identity;
    }
    assertThat(seen).hasSize(2);
  }

  @Test
  void workloadsThatEndBeforeACollectionShareASeries() {
    for (long cgroup = 1000; cgroup < 1200; cgroup++) {
      paths.put(cgroup, "/system.slice/run-" + cgroup + ".scope");
      connect(cgroup, 2);
      removed.add(cgroup);
    }
    connect(1, 3);
    tick(INTERVAL_NS);
    Map<String, Long> first = attempts();
    assertThat(first)
        .containsOnly(
            Map.entry("/system.slice/one.service", 3L), Map.entry("/system.slice//", 400L));
    paths.put(1200L, "/system.slice/run-1200.scope");
    connect(1200, 7);
    removed.add(1200L);
    tick(INTERVAL_NS);
    assertThat(attempts()).containsEntry("/system.slice//", 407L);
  }

  @Test
  void aSeriesIsHeldBackUntilItsWorkloadIsKnownToLive() {
    tick(INTERVAL_NS);
    connect(1, 3);
    assertThat(attempts()).isEmpty();
    tick(INTERVAL_NS);
    assertThat(attempts()).containsOnly(Map.entry("/system.slice/one.service", 3L));
    connect(2, 4);
    metrics.finish();
    assertThat(attempts()).as("the last collection").containsEntry("/system.slice/two.service", 4L);
  }

  /** Its sums grow on, since a collector has seen them. */
  @Test
  void aWorkloadThatWasShownKeepsItsSeriesWhenItEnds() {
    connect(1, 3);
    tick(INTERVAL_NS);
    attempts();
    connect(1, 4);
    removed.add(1L);
    tick(TimeUnit.SECONDS.toNanos(1));
    assertThat(attempts()).containsOnly(Map.entry("/system.slice/one.service", 7L));
  }

  @Test
  void anEndAfterTheMoveIsCountedWhereItsOpenWent() {
    record(RecordImage.open(), 1);
    removed.add(1L);
    tick(INTERVAL_NS);
    assertThat(sums(collect(), ACTIVE)).containsOnly(Map.entry("/system.slice//", 1L));
    record(RecordImage.close(), 1);
    assertThat(sums(collect(), ACTIVE)).containsOnly(Map.entry("/system.slice//", 0L));
  }

  @Test
  void aServiceThatIsStartedAgainHasItsOwnSeries() {
    connect(1, 3);
    removed.add(1L);
    tick(INTERVAL_NS);
    assertThat(attempts()).containsOnly(Map.entry("/system.slice//", 3L));
    paths.put(11L, paths.get(1L));
    connect(11, 5);
    tick(INTERVAL_NS);
    assertThat(attempts())
        .containsOnly(Map.entry("/system.slice//", 3L), Map.entry("/system.slice/one.service", 5L));
  }

  @Test
  void theSeriesOfAWorkloadEndWithItOnceTheyHaveArrived() {
    connect(1, 3);
    connect(2, 4);
    tick(INTERVAL_NS);
    metrics.produce(Resource.empty());
    removed.add(1L);
    tick(TimeUnit.MINUTES.toNanos(2));
    assertThat(metrics.size()).as("not accepted yet").isEqualTo(2);
    attempts();
    tick(TimeUnit.MINUTES.toNanos(2));
    assertThat(metrics.size()).isEqualTo(1);
    tick(TimeUnit.MINUTES.toNanos(1));
    assertThat(expired).containsOnly("/system.slice/one.service");
    assertThat(attempts()).containsOnly(Map.entry("/system.slice/two.service", 4L));
  }

  @Test
  void aWorkloadStaysWhileItHasSeries() {
    connect(2, 4);
    tick(INTERVAL_NS);
    attempts();
    tick(TimeUnit.MINUTES.toNanos(10));
    assertThat(attempts()).containsOnly(Map.entry("/system.slice/two.service", 4L));
    assertThat(expired).isEmpty();
    tick(TimeUnit.MINUTES.toNanos(16));
    tick(TimeUnit.MINUTES.toNanos(1));
    assertThat(expired).contains("/system.slice/two.service");
  }

  @Test
  void theOverflowOfAllWorkloadsIsTheAgents() {
    metrics = metrics(new MetricModes(false, false, false, MetricKeys.DEFAULT, 8, null, false));
    for (long cgroup = 1; cgroup <= 3; cgroup++) {
      for (int port = 1; port <= 4; port++) {
        for (int i = 0; i < 2; i++) {
          record(RecordImage.open().ports(40_000, port), cgroup);
          record(RecordImage.close().ports(40_000, port), cgroup);
        }
      }
    }
    tick(INTERVAL_NS);
    Map<String, Long> attempts = attempts();
    assertThat(attempts.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(24);
    assertThat(attempts).containsEntry("agent", 8L).hasSize(3);
  }

  /** Sums that were gathered before the group's series began are not older than its start. */
  @Test
  void theSeriesOfTheGroupBeginsWithTheFirstOfTheSharedOnes() {
    final long beginNs = TimeUnit.SECONDS.toNanos(wallClock.getEpochSecond());
    connect(1, 1);
    removed.add(1L);
    tick(INTERVAL_NS);
    LongPointData point =
        collect().stream()
            .filter(metric -> metric.getName().equals(ATTEMPTS))
            .findFirst()
            .orElseThrow()
            .getLongSumData()
            .getPoints()
            .iterator()
            .next();
    assertThat(point.getStartEpochNanos()).isEqualTo(beginNs);
  }
}
