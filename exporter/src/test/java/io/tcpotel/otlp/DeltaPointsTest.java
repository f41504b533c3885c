// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongUpDownCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outages under each temporality: the collector's sums are ours. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class DeltaPointsTest {
  /** One instrument of each kind, and what was given to it. */
  private static final class Load {
    private final LongCounter counter;
    private final DoubleHistogram histogram;
    private final LongUpDownCounter upDown;
    private long observed;
    private final long[] given = new long[4];
    private int step;

    Load(ExportToCollector to) {
      Meter meter = to.export.meterProvider().get("test");
      counter = meter.counterBuilder("counter").build();
      histogram = meter.histogramBuilder("histogram").build();
      upDown = meter.upDownCounterBuilder("up_down").build();
      meter.counterBuilder("observed").buildWithCallback(to2 -> to2.record(observed));
    }

    void add() {
      step++;
      counter.add(step);
      histogram.record(step * 10.0);
      upDown.add(-step * 100L);
      observed += step * 1000L;
      long[] added = {step, 1, -step * 100L, step * 1000L};
      for (int i = 0; i < added.length; i++) {
        given[i] += added[i];
      }
    }

    Map<String, Long> given() {
      return Map.of(
          "counter", given[0], "histogram", given[1], "up_down", given[2], "observed", given[3]);
    }
  }

  private static ExportToCollector export(ScriptedCollector collector, String preference) {
    return new ExportToCollector(
        collector,
        8 << 20,
        Map.of(
            "otel.metric.export.interval", "3600000",
            "otel.exporter.otlp.timeout", "300",
            "otel.exporter.otlp.metrics.temporality.preference", preference));
  }

  private static boolean isDelta(AggregationTemporality temporality) {
    return temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;
  }

  /** By instrument: the last value if cumulative, else the sum of all. */
  private static Map<String, Long> sums(List<Metric> metrics) {
    Map<String, Long> sums = new HashMap<>();
    for (Metric metric : metrics) {
      boolean delta =
          metric.hasHistogram()
              ? isDelta(metric.getHistogram().getAggregationTemporality())
              : isDelta(metric.getSum().getAggregationTemporality());
      long value =
          metric.hasHistogram()
              ? metric.getHistogram().getDataPoints(0).getCount()
              : metric.getSum().getDataPoints(0).getAsInt();
      sums.merge(metric.getName(), value, (old, now) -> delta ? old + now : now);
    }
    return sums;
  }

  private static boolean collect(ExportToCollector to) {
    return to.export.metrics().forceFlush().isSuccess();
  }

  @ParameterizedTest
  @ValueSource(strings = {"cumulative", "delta", "lowmemory"})
  void everyPointArrivesAfterAnOutage(String preference) throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = export(collector, preference)) {
      Load load = new Load(to);
      load.add();
      assertThat(collect(to)).isTrue();
      collector.stop();
      for (int i = 0; i < 3; i++) {
        load.add();
        assertThat(collect(to)).isFalse();
      }
      collector.restart();
      load.add();
      to.await("the collector takes it again", () -> collect(to));
      assertThat(sums(collector.acceptedMetrics())).isEqualTo(load.given());
      ItemCounts points = to.export.metrics().points();
      assertThat(points.inFlight()).isZero();
      assertThat(points.exported()).isEqualTo(collector.metricPoints());
      if (preference.equals("delta")) {
        requireUnbrokenTimes(collector.acceptedMetrics());
        assertThat(to.said()).contains(": the next collection follows").doesNotContain("dropped");
      }
    }
  }

  /** Each delta point begins when the one before it ended, and they came in order. */
  private static void requireUnbrokenTimes(List<Metric> metrics) {
    Map<String, Long> ends = new HashMap<>();
    for (Metric metric : metrics) {
      for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
        if (isDelta(metric.getSum().getAggregationTemporality())) {
          follow(ends, metric, point.getStartTimeUnixNano(), point.getTimeUnixNano());
        }
      }
      for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
        follow(ends, metric, point.getStartTimeUnixNano(), point.getTimeUnixNano());
      }
    }
    assertThat(ends).containsOnlyKeys("counter", "observed", "histogram");
  }

  private static void follow(Map<String, Long> ends, Metric metric, long startNs, long endNs) {
    Long before = ends.put(metric.getName(), endNs);
    if (before != null) {
      assertThat(startNs).as(metric.getName()).isEqualTo(before);
    }
  }
}
