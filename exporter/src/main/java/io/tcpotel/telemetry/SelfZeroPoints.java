// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * The {@link ZeroPoints} of this program's own cumulative counters: without them, Prometheus sees
 * no increase in what the first collection brings, nor in the first error of its kind. One thread
 * at a time.
 */
public final class SelfZeroPoints {
  private record Series(String instrument, Attributes attributes) {}

  private final Map<Series, ShownPoints> known = new HashMap<>();
  private boolean lastArrived;

  /** Of the last collection; 0 before there was one. */
  private long lastNs;

  /** The points that go in front of those of a collection. */
  public List<MetricData> before(Collection<MetricData> collected) {
    List<MetricData> zeros = new ArrayList<>();
    long nowNs = lastNs;
    for (MetricData metric : collected) {
      if (metric.getInstrumentationScopeInfo().getName().equals(Scope.SELF)) {
        add(metric, zeros);
        for (PointData point : metric.getData().getPoints()) {
          nowNs = Math.max(nowNs, point.getEpochNanos());
        }
      }
    }
    lastNs = nowNs;
    lastArrived = false;
    return zeros;
  }

  /** The points of the last collection have arrived, or were refused for good. */
  public void answered() {
    lastArrived = true;
  }

  private void add(MetricData metric, List<MetricData> zeros) {
    switch (metric.getType()) {
      case LONG_SUM -> {
        SumData<LongPointData> sum = metric.getLongSumData();
        List<LongPointData> points = new ArrayList<>();
        for (PointData each : preceded(metric.getName(), sum, LongPointData::getValue)) {
          points.add(
              LongPointData.create(
                  each.getStartEpochNanos(), zeroNs(each), each.getAttributes(), 0));
        }
        if (!points.isEmpty()) {
          zeros.add(
              new MetricPart(
                  metric,
                  SumData.createLongSumData(true, AggregationTemporality.CUMULATIVE, points)));
        }
      }
      case DOUBLE_SUM -> {
        SumData<DoublePointData> sum = metric.getDoubleSumData();
        List<DoublePointData> points = new ArrayList<>();
        for (PointData each : preceded(metric.getName(), sum, DoublePointData::getValue)) {
          points.add(
              DoublePointData.create(
                  each.getStartEpochNanos(), zeroNs(each), each.getAttributes(), 0, List.of()));
        }
        if (!points.isEmpty()) {
          zeros.add(
              new MetricPart(
                  metric,
                  SumData.createDoubleSumData(true, AggregationTemporality.CUMULATIVE, points)));
        }
      }
      default -> {}
    }
  }

  /** The points that need one in front of them. */
  private <T extends PointData> List<T> preceded(
      String instrument, SumData<T> sum, ToDoubleFunction<T> value) {
    if (!sum.isMonotonic()
        || sum.getAggregationTemporality() != AggregationTemporality.CUMULATIVE) {
      return List.of();
    }
    List<T> preceded = new ArrayList<>();
    for (T point : sum.getPoints()) {
      ShownPoints shown =
          known.computeIfAbsent(
              new Series(instrument, point.getAttributes()), of -> new ShownPoints());
      if (times(point).precede(shown, 0, value.applyAsDouble(point) == 0)) {
        preceded.add(point);
      }
    }
    return preceded;
  }

  private long zeroNs(PointData point) {
    return times(point).atNs();
  }

  /** Before the first collection, there was nothing since the start. */
  private ZeroPoints times(PointData point) {
    long beginNs = lastNs == 0 ? point.getStartEpochNanos() : lastNs;
    return new ZeroPoints(true, lastArrived, beginNs, point.getEpochNanos());
  }
}
