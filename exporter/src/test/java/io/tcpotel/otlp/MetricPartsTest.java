// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleCounter;
import io.opentelemetry.api.metrics.DoubleGauge;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongGauge;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MetricPartsTest {
  private static MetricData metric(String name, int points) {
    return ScriptedMetrics.sum(name, points, AggregationTemporality.CUMULATIVE);
  }

  private static List<List<String>> parts(MetricData... metrics) {
    List<List<String>> names = new ArrayList<>();
    for (List<MetricData> part : MetricParts.of(List.of(metrics), 3000)) {
      names.add(
          part.stream()
              .map(metric -> metric.getName() + " " + metric.getData().getPoints().size())
              .toList());
    }
    return names;
  }

  @Test
  void makesNoRequestOfNothing() {
    assertThat(parts()).isEmpty();
    assertThat(parts(metric("a", 0))).isEmpty();
  }

  @Test
  void putsMetricsTogetherUpToTheLimit() {
    assertThat(parts(metric("a", 1000), metric("b", 1000), metric("c", 1000)))
        .containsExactly(List.of("a 1000", "b 1000", "c 1000"));
    assertThat(parts(metric("a", 1000), metric("b", 1000), metric("c", 1001)))
        .containsExactly(List.of("a 1000", "b 1000", "c 1000"), List.of("c 1"));
  }

  @Test
  void cutsAMetricBeyondTheLimit() {
    assertThat(parts(metric("a", 1), metric("b", 9000), metric("c", 1)))
        .containsExactly(
            List.of("a 1", "b 2999"), List.of("b 3000"), List.of("b 3000"), List.of("b 1", "c 1"));
  }

  /** Of every type that an instrument can have. */
  @Test
  void losesNoPointAndKeepsWhatAMetricIs() {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    try (SdkMeterProvider provider =
        SdkMeterProvider.builder().registerMetricReader(reader).build()) {
      Meter meter = provider.get("scope");
      LongCounter longs = meter.counterBuilder("longs").setUnit("By").build();
      DoubleCounter doubles = meter.counterBuilder("doubles").ofDoubles().build();
      DoubleHistogram histogram = meter.histogramBuilder("histogram").build();
      DoubleGauge gauge = meter.gaugeBuilder("gauge").build();
      LongGauge longGauge = meter.gaugeBuilder("longGauge").ofLongs().build();
      for (int i = 0; i < 10; i++) {
        Attributes series = Attributes.of(AttributeKey.longKey("i"), (long) i);
        longs.add(i + 1, series);
        doubles.add(i + 2, series);
        histogram.record(i + 3, series);
        gauge.set(i + 4, series);
        longGauge.set(i + 5, series);
      }
      Collection<MetricData> all = reader.collectAllMetrics();
      Map<String, List<PointData>> points = new HashMap<>();
      for (List<MetricData> part : MetricParts.of(all, 3)) {
        assertThat(MetricParts.points(part)).isLessThanOrEqualTo(3);
        for (MetricData metric : part) {
          points
              .computeIfAbsent(metric.getName(), name -> new ArrayList<>())
              .addAll(metric.getData().getPoints());
          MetricData whole =
              all.stream().filter(m -> m.getName().equals(metric.getName())).findFirst().get();
          assertThat(metric.getUnit()).isEqualTo(whole.getUnit());
          assertThat(metric.getType()).isEqualTo(whole.getType());
          assertThat(metric.getResource()).isEqualTo(whole.getResource());
          assertThat(metric.getInstrumentationScopeInfo())
              .isEqualTo(whole.getInstrumentationScopeInfo());
        }
      }
      assertThat(points).hasSize(5);
      all.forEach(
          metric ->
              assertThat(points.get(metric.getName()))
                  .isEqualTo(List.copyOf(metric.getData().getPoints())));
    }
  }
}
