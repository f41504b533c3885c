// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.LongCounter;
import io.tcpotel.testing.ScriptedCollector;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("socket")
@Timeout(60)
class MetricRequestsTest {
  private static final long WAIT_MS = 10_000;
  private static final int SERIES = 200;

  private static void addSeries(ExportToCollector to) {
    LongCounter counter = to.export.meterProvider().get("test").counterBuilder("count").build();
    for (int i = 0; i < SERIES; i++) {
      counter.add(i + 1, Attributes.of(AttributeKey.stringKey("key"), "x".repeat(100) + i));
    }
  }

  private static ExportToCollector export(ScriptedCollector collector, int requestBytes) {
    LogDelivery.Bounds bounds = new LogDelivery.Bounds(8 << 20, requestBytes, Duration.ofHours(1));
    return new ExportToCollector(collector, bounds, Map.of());
  }

  @Test
  void noRequestIsLargerThanTheLimit() throws Exception {
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(5000));
        ExportToCollector to = export(collector, 5000)) {
      addSeries(to);
      assertThat(to.export.metrics().exportLast(WAIT_MS)).isTrue();
      assertThat(to.export.metrics().points().exported()).isEqualTo(SERIES);
      assertThat(collector.metricPoints()).isEqualTo(SERIES);
      assertThat(collector.headers()).as("none was refused").hasSize(collector.metricRequests());
    }
  }

  @Test
  void whatTheServersLimitRefusesArrivesInParts() throws Exception {
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(5000));
        ExportToCollector to = export(collector, 1 << 20)) {
      addSeries(to);
      assertThat(to.export.metrics().exportLast(WAIT_MS)).isTrue();
      assertThat(to.export.metrics().points().exported()).isEqualTo(SERIES);
      assertThat(collector.metricPoints()).isEqualTo(SERIES);
    }
  }
}
