// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** {@link ConnectionMetrics}, and what they say when collected. */
public final class CollectedMetrics {
  public final ConnectionMetrics metrics;

  /** The wall clock. */
  Instant now = Instant.ofEpochSecond(1_700_000_000);

  public CollectedMetrics(boolean byAddressPair) {
    this(byAddressPair ? MetricKeys.of(MetricKeys.By.ADDRESS_PAIR) : MetricKeys.DEFAULT);
  }

  CollectedMetrics(MetricKeys keys) {
    this(MetricModes.cumulative(keys));
  }

  CollectedMetrics(MetricModes modes) {
    metrics = new ConnectionMetrics(modes, () -> now);
  }

  /** As the pipeline does it. */
  void record(RecordImage image) {
    record(image, null);
  }

  void record(RecordImage image, Workload peer) {
    ConnectionRecord record = image.view();
    metrics.record(record, ErrorType.of(record), Workload.AGENT, peer);
  }

  /** As a collector that takes everything. */
  Collection<MetricData> collect() {
    Collection<MetricData> collected = metrics.produce(Resource.getDefault());
    metrics.answered();
    return collected;
  }

  /** Whether it is shown. */
  public boolean has(String name) {
    return collect().stream().map(MetricData::getName).anyMatch(name::equals);
  }

  MetricData metric(String name) {
    return collect().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }

  /**
   * Sums of a counter by attributes, "key=value" sorted; without zeros, and empty if there is none.
   * Each set stands once.
   */
  public Map<String, Long> sums(String name) {
    Map<String, Long> sums = new TreeMap<>();
    collect().stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(metric -> metric.getLongSumData().getPoints().stream())
        .forEach(point -> requireNew(name, sums.put(key(point.getAttributes()), point.getValue())));
    sums.values().removeIf(sum -> sum == 0);
    return sums;
  }

  /** Likewise, of times in seconds. */
  Map<String, Double> seconds(String name) {
    Map<String, Double> sums = new TreeMap<>();
    for (DoublePointData point : metric(name).getDoubleSumData().getPoints()) {
      requireNew(name, sums.put(key(point.getAttributes()), point.getValue()));
    }
    return sums;
  }

  public Map<String, HistogramPointData> histogram(String name) {
    Map<String, HistogramPointData> points = new TreeMap<>();
    for (HistogramPointData point : metric(name).getHistogramData().getPoints()) {
      requireNew(name, points.put(key(point.getAttributes()), point));
    }
    return points;
  }

  private static void requireNew(String name, Object previous) {
    if (previous != null) {
      throw new AssertionError(name + " has two points of the same attributes: " + previous);
    }
  }

  /** Observations of a histogram, of all series whose attributes contain {@code attribute}. */
  public long count(String name, String attribute) {
    return histogram(name).entrySet().stream()
        .filter(entry -> entry.getKey().contains(attribute))
        .mapToLong(entry -> entry.getValue().getCount())
        .sum();
  }

  private static String key(io.opentelemetry.api.common.Attributes attributes) {
    Map<String, Object> sorted = new TreeMap<>();
    attributes.forEach((key, value) -> sorted.put(key.getKey(), value));
    return sorted.toString();
  }
}
