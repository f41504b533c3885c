// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.GaugeData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.tcpotel.telemetry.MetricPart;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Cuts a collection into requests by its data points. */
final class MetricParts {
  private MetricParts() {}

  /** In order: requests of {@code points} data points, the last of fewer. */
  static List<List<MetricData>> of(Collection<MetricData> metrics, int points) {
    List<List<MetricData>> parts = new ArrayList<>();
    List<MetricData> part = new ArrayList<>();
    int room = points;
    for (MetricData metric : metrics) {
      List<PointData> all = List.copyOf(metric.getData().getPoints());
      for (int from = 0; from < all.size(); ) {
        if (room == 0) {
          parts.add(part);
          part = new ArrayList<>();
          room = points;
        }
        int to = Math.min(all.size(), from + room);
        part.add(to - from == all.size() ? metric : slice(metric, all.subList(from, to)));
        room -= to - from;
        from = to;
      }
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  static int points(Collection<MetricData> metrics) {
    return metrics.stream().mapToInt(metric -> metric.getData().getPoints().size()).sum();
  }

  private static MetricData slice(MetricData whole, List<PointData> points) {
    Data<?> data =
        switch (whole.getType()) {
          case LONG_GAUGE -> GaugeData.createLongGaugeData(cast(points, LongPointData.class));
          case DOUBLE_GAUGE -> GaugeData.createDoubleGaugeData(cast(points, DoublePointData.class));
          case LONG_SUM -> {
            SumData<LongPointData> sum = whole.getLongSumData();
            yield SumData.createLongSumData(
                sum.isMonotonic(),
                sum.getAggregationTemporality(),
                cast(points, LongPointData.class));
          }
          case DOUBLE_SUM -> {
            SumData<DoublePointData> sum = whole.getDoubleSumData();
            yield SumData.createDoubleSumData(
                sum.isMonotonic(),
                sum.getAggregationTemporality(),
                cast(points, DoublePointData.class));
          }
          case HISTOGRAM ->
              HistogramData.create(
                  whole.getHistogramData().getAggregationTemporality(),
                  cast(points, HistogramPointData.class));
          case EXPONENTIAL_HISTOGRAM ->
              ExponentialHistogramData.create(
                  whole.getExponentialHistogramData().getAggregationTemporality(),
                  cast(points, ExponentialHistogramPointData.class));
          case SUMMARY -> throw new IllegalArgumentException("no instrument makes a summary");
        };
    return new MetricPart(whole, data);
  }

  private static <T> List<T> cast(List<PointData> points, Class<T> type) {
    return points.stream().map(type::cast).toList();
  }
}
