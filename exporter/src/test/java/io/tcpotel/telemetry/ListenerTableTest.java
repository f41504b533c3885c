// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.testing.ListenerImage;
import io.tcpotel.workload.Workload;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** From the reports of walks to the metrics of accept queues. */
class ListenerTableTest {
  private static final long START_NS = 1_700_000_000_000_000_000L;
  private static final String USAGE = "tcpotel.accept_queue.usage";
  private static final String LIMIT = "tcpotel.accept_queue.limit";
  private static final String DROPS = "tcpotel.accept_queue.drops";

  private final CollectedMetrics collected = new CollectedMetrics(false);
  private final ListenerTable table = collected.metrics.listeners();

  private void walk(ListenerImage... images) {
    for (ListenerImage image : images) {
      table.record(image.view(), Workload.AGENT);
    }
    table.endOfWalk();
  }

  /** The points of a collection, as "metric port" = value. */
  private Map<String, Long> points() {
    return points(collected.collect());
  }

  private static Map<String, Long> points(Iterable<MetricData> metrics) {
    Map<String, Long> points = new TreeMap<>();
    for (MetricData metric : metrics) {
      for (LongPointData point : metric.getLongSumData().getPoints()) {
        String key = metric.getName() + " " + List.copyOf(point.getAttributes().asMap().values());
        assertThat(points.put(key, point.getValue())).as(key).isNull();
      }
    }
    return points;
  }

  private static Map<String, Long> port(String port, long usage, long limit, long drops) {
    return new TreeMap<>(Map.of(USAGE + port, usage, LIMIT + port, limit, DROPS + port, drops));
  }

  @Test
  void aListenerHasItsQueueItsLimitAndItsDrops() {
    walk(new ListenerImage(1).port(8443).queue(3, 128).drops(5, 0));
    assertThat(points()).isEqualTo(port(" [8443]", 3, 128, 5));
    walk(new ListenerImage(1).port(8443).queue(1, 64).drops(7, 5));
    assertThat(points()).as("the queue of now, all drops").isEqualTo(port(" [8443]", 1, 64, 7));
    MetricData usage = collected.metric(USAGE);
    assertThat(usage.getLongSumData().isMonotonic()).isFalse();
    assertThat(usage.getUnit()).isEqualTo("{connection}");
    assertThat(usage.getLongSumData().getPoints())
        .allMatch(point -> point.getStartEpochNanos() == START_NS);
    assertThat(collected.metric(DROPS).getLongSumData().isMonotonic()).isTrue();
  }

  @Test
  void listenersOfOnePortAddUp() {
    walk(
        new ListenerImage(1).port(80).queue(3, 128).drops(5, 0),
        new ListenerImage(2).port(80).queue(20, 1000).drops(60, 0),
        new ListenerImage(3).port(81).queue(7, 11).drops(0, 0));
    Map<String, Long> expected = port(" [80]", 23, 1128, 65);
    expected.putAll(port(" [81]", 7, 11, 0));
    assertThat(points()).isEqualTo(expected);
    walk(new ListenerImage(2).port(80).queue(21, 1000).drops(61, 60));
    assertThat(points())
        .as("one of two is gone, its drops stay; port 81 had none to show")
        .isEqualTo(port(" [80]", 21, 1000, 66));
  }

  @Test
  void everyPortIsNamed() {
    walk(
        new ListenerImage(1).port(32768).queue(1, 10).drops(0, 0),
        new ListenerImage(2).port(65535).queue(2, 20).drops(4, 0));
    Map<String, Long> expected = port(" [32768]", 1, 10, 0);
    expected.putAll(port(" [65535]", 2, 20, 4));
    assertThat(points()).isEqualTo(expected);
  }

  @Test
  void aListenerThatAWalkDoesNotReportIsGoneAndItsLastDropsAreShownFirst() {
    walk(new ListenerImage(1).port(80).queue(3, 128).drops(5, 0));
    walk();
    Map<String, Long> drops = Map.of(DROPS + " [80]", 5L);
    assertThat(points(collected.metrics.produce(Resource.empty()))).isEqualTo(drops);
    walk();
    assertThat(points()).as("no collector has taken them").isEqualTo(drops);
    walk();
    assertThat(points()).isEmpty();
    walk(new ListenerImage(1).port(80).queue(3, 128).drops(6, 5));
    assertThat(points()).as("it is back, and begins anew").isEqualTo(port(" [80]", 3, 128, 1));
  }

  @Test
  void aSocketThatListensOnAnotherPortHasLeftTheFirst() {
    walk(new ListenerImage(1).port(80).queue(3, 128).drops(0, 0));
    walk(new ListenerImage(1).port(90).queue(4, 64).drops(2, 0));
    assertThat(points()).isEqualTo(port(" [90]", 4, 64, 2));
  }

  @Test
  void aCounterOfDifferencesShowsOnlyThose() {
    CollectedMetrics delta =
        new CollectedMetrics(
            new MetricModes(true, false, false, MetricKeys.DEFAULT, 2000, null, false));
    ListenerTable listeners = delta.metrics.listeners();
    listeners.record(new ListenerImage(1).drops(5, 0).view(), Workload.AGENT);
    assertThat(points(delta.collect())).containsEntry(DROPS + " [8443]", 5L);
    assertThat(points(delta.collect())).doesNotContainKey(DROPS + " [8443]");
    listeners.record(new ListenerImage(1).drops(8, 5).view(), Workload.AGENT);
    assertThat(points(delta.collect()))
        .containsEntry(DROPS + " [8443]", 3L)
        .containsEntry(USAGE + " [8443]", 3L);
  }

  @Test
  void listenersBeyondTheLimitAreCounted() {
    for (int cookie = 1; cookie <= ListenerTable.LIMIT + 2; cookie++) {
      table.record(new ListenerImage(cookie).queue(1, 2).drops(0, 0).view(), Workload.AGENT);
    }
    table.endOfWalk();
    assertThat(table.leftOut()).isEqualTo(2);
    assertThat(points())
        .isEqualTo(port(" [8443]", ListenerTable.LIMIT, 2L * ListenerTable.LIMIT, 0));
    walk(new ListenerImage(1).queue(1, 2).drops(0, 0));
    walk(new ListenerImage(9999).queue(1, 2).drops(0, 0));
    assertThat(table.leftOut()).as("there is room again").isEqualTo(2);
  }
}
