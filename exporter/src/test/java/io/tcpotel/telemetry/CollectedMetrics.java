// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** {@link ConnectionMetrics} with a reader that keeps what it collects. */
final class CollectedMetrics {
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  final ConnectionMetrics metrics;

  CollectedMetrics(boolean byAddressPair) {
    int limit = ConnectionMetrics.cardinalityLimit(byAddressPair);
    SdkMeterProvider provider =
        SdkMeterProvider.builder().registerMetricReader(reader, type -> limit).build();
    metrics = new ConnectionMetrics(provider, byAddressPair);
  }

  /** As the pipeline does it. */
  void record(RecordImage image) {
    ConnectionRecord record = image.view();
    if (record.kind() == ProbeAbi.TCP_PROBE_OPEN()) {
      metrics.recordOpen(record);
    } else if (record.kind() == ProbeAbi.TCP_PROBE_CLOSE()) {
      metrics.recordClose(record, ErrorType.of(record));
    } else {
      metrics.recordFailure(record, ErrorType.of(record));
    }
  }

  Collection<MetricData> collect() {
    return reader.collectAllMetrics();
  }

  MetricData metric(String name) {
    return collect().stream()
        .filter(metric -> metric.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }

  /** Sums of a counter by attributes, "key=value" sorted; without zeros. */
  Map<String, Long> sums(String name) {
    Map<String, Long> sums = new TreeMap<>();
    for (LongPointData point : metric(name).getLongSumData().getPoints()) {
      sums.merge(key(point.getAttributes()), point.getValue(), Long::sum);
    }
    sums.values().removeIf(sum -> sum == 0);
    return sums;
  }

  Map<String, HistogramPointData> histogram(String name) {
    Map<String, HistogramPointData> points = new TreeMap<>();
    for (HistogramPointData point : metric(name).getHistogramData().getPoints()) {
      points.put(key(point.getAttributes()), point);
    }
    return points;
  }

  private static String key(io.opentelemetry.api.common.Attributes attributes) {
    Map<String, Object> sorted = new TreeMap<>();
    attributes.forEach((key, value) -> sorted.put(key.getKey(), value));
    return sorted.toString();
  }
}
