// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableGaugeData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableLongPointData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableMetricData;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricCollectionTest {
  private static MetricData metric(String name, int points) {
    LongPointData point = ImmutableLongPointData.create(0, 1, Attributes.empty(), 1);
    return ImmutableMetricData.createLongGauge(
        Resource.empty(),
        InstrumentationScopeInfo.empty(),
        name,
        "",
        "",
        ImmutableGaugeData.create(Collections.nCopies(points, point)));
  }

  private static List<List<String>> parts(MetricData... metrics) {
    List<List<String>> names = new ArrayList<>();
    for (List<MetricData> part : MetricCollection.parts(List.of(metrics))) {
      names.add(part.stream().map(MetricData::getName).toList());
    }
    return names;
  }

  @Test
  void makesNoRequestOfNothing() {
    assertThat(parts()).isEmpty();
  }

  @Test
  void putsMetricsTogetherUpToTheLimit() {
    assertThat(parts(metric("a", 1000), metric("b", 1000), metric("c", 1000)))
        .containsExactly(List.of("a", "b", "c"));
    assertThat(parts(metric("a", 1000), metric("b", 1000), metric("c", 1001)))
        .containsExactly(List.of("a", "b"), List.of("c"));
  }

  @Test
  void sendsAMetricBeyondTheLimitWholeAndAlone() {
    assertThat(parts(metric("a", 1), metric("b", 9000), metric("c", 1), metric("d", 1)))
        .containsExactly(List.of("a"), List.of("b"), List.of("c", "d"));
  }

  @Test
  void losesNoMetric() {
    MetricData[] metrics = new MetricData[50];
    for (int i = 0; i < metrics.length; i++) {
      metrics[i] = metric("m" + i, i * 97 % 2900);
    }
    assertThat(parts(metrics).stream().mapToInt(List::size).sum()).isEqualTo(50);
  }
}
