// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.tcpotel.ForeignText;
import java.util.List;
import java.util.stream.Stream;

/** The parts of a data point's line: the metric's name, the attributes, the value with its unit. */
record DataPointText(String name, String attributes, String value) {
  /** One for each data point of the metric. */
  static Stream<DataPointText> of(Metric metric) {
    return switch (metric.getDataCase()) {
      case GAUGE ->
          metric.getGauge().getDataPointsList().stream().map(point -> number(metric, point));
      case SUM -> metric.getSum().getDataPointsList().stream().map(point -> number(metric, point));
      case HISTOGRAM ->
          metric.getHistogram().getDataPointsList().stream()
              .map(
                  p -> spread(metric, p.getAttributesList(), p.getCount(), p.hasSum(), p.getSum()));
      case EXPONENTIAL_HISTOGRAM ->
          metric.getExponentialHistogram().getDataPointsList().stream()
              .map(
                  p -> spread(metric, p.getAttributesList(), p.getCount(), p.hasSum(), p.getSum()));
      case SUMMARY ->
          metric.getSummary().getDataPointsList().stream()
              .map(p -> spread(metric, p.getAttributesList(), p.getCount(), true, p.getSum()));
      default -> Stream.empty();
    };
  }

  private static DataPointText number(Metric metric, NumberDataPoint point) {
    String value =
        switch (point.getValueCase()) {
          case AS_INT -> point.getAsInt() + unit(metric);
          case AS_DOUBLE -> ValueText.number(point.getAsDouble()) + unit(metric);
          default -> "no value";
        };
    return of(metric, point.getAttributesList(), value);
  }

  private static DataPointText spread(
      Metric metric, List<KeyValue> attributes, long count, boolean hasSum, double sum) {
    String value = "count " + count;
    if (hasSum) {
      value += ", sum " + ValueText.number(sum) + unit(metric);
    }
    if (hasSum && count > 0) {
      value += ", mean " + ValueText.derived(sum / count) + unit(metric);
    }
    return of(metric, attributes, value);
  }

  private static DataPointText of(Metric metric, List<KeyValue> attributes, String value) {
    return new DataPointText(
        ForeignText.escaped(metric.getName()), ValueText.attributes(attributes), value);
  }

  private static String unit(Metric metric) {
    return metric.getUnit().isEmpty() ? "" : " " + ForeignText.escaped(metric.getUnit());
  }
}
