// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.resource.v1.Resource;
import io.tcpotel.telemetry.Instrument;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The metrics as they arrived last. Their temporality is cumulative and a request holds whole
 * metrics, so the last one of each name and resource is the state of all its series. Thread-safe.
 */
final class ArrivedMetrics {
  static final String ROLE = "tcpotel.connection.role";
  static final String ERROR = "error.type";
  static final String DIRECTION = "network.io.direction";

  /** By name, then by resource. */
  private final Map<String, Map<Resource, Metric>> latest = new HashMap<>();

  synchronized void take(ExportMetricsServiceRequest request) {
    for (ResourceMetrics of : request.getResourceMetricsList()) {
      of.getScopeMetricsList().stream()
          .flatMap(scope -> scope.getMetricsList().stream())
          .forEach(metric -> take(of.getResource(), metric));
    }
  }

  private void take(Resource resource, Metric metric) {
    latest.computeIfAbsent(metric.getName(), name -> new HashMap<>()).put(resource, metric);
  }

  private synchronized List<Metric> latest(Instrument instrument) {
    return List.copyOf(latest.getOrDefault(instrument.key(), Map.of()).values());
  }

  /**
   * Sums by role, the outer key, and by the attribute {@code by}, "" where a series has none: the
   * values of a counter, the counts of a histogram.
   */
  Map<String, Map<String, Long>> sums(Instrument instrument, String by) {
    Map<String, Map<String, Long>> sums = new TreeMap<>();
    for (Metric metric : latest(instrument)) {
      for (NumberDataPoint point : metric.getSum().getDataPointsList()) {
        add(sums, point.getAttributesList(), by, point.getAsInt());
      }
      for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
        add(sums, point.getAttributesList(), by, point.getCount());
      }
    }
    return sums;
  }

  private static void add(
      Map<String, Map<String, Long>> sums, List<KeyValue> attributes, String by, long value) {
    sums.computeIfAbsent(value(attributes, ROLE), role -> new TreeMap<>())
        .merge(value(attributes, by), value, Long::sum);
  }

  private static String value(List<KeyValue> attributes, String name) {
    for (KeyValue attribute : attributes) {
      if (attribute.getKey().equals(name)) {
        return attribute.getValue().getStringValue();
      }
    }
    return "";
  }

  /** All series together. */
  DrawnHistogram histogram(Instrument instrument) {
    List<Double> boundaries = instrument.boundaries();
    long[] counts = new long[boundaries.size() + 1];
    double sum = 0;
    for (Metric metric : latest(instrument)) {
      for (HistogramDataPoint point : metric.getHistogram().getDataPointsList()) {
        sum += point.getSum();
        for (int i = 0; i < Math.min(counts.length, point.getBucketCountsCount()); i++) {
          counts[i] += point.getBucketCounts(i);
        }
      }
    }
    return new DrawnHistogram(boundaries, counts, sum);
  }
}
