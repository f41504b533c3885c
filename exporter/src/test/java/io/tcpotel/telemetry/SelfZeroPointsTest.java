// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.sdk.common.Clock;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.export.AggregationTemporalitySelector;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SelfZeroPointsTest {
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  private final Map<String, Long> exported = new LinkedHashMap<>(Map.of("", 5L));
  private final SelfZeroPoints zeros = new SelfZeroPoints();
  private long nowSeconds = 1_000;
  private InMemoryMetricReader reader = InMemoryMetricReader.create();

  private void observe() {
    SdkMeterProvider provider =
        SdkMeterProvider.builder()
            .setClock(
                new Clock() {
                  @Override
                  public long now() {
                    return TimeUnit.SECONDS.toNanos(nowSeconds);
                  }

                  @Override
                  public long nanoTime() {
                    return now();
                  }
                })
            .registerMetricReader(reader)
            .build();
    SelfMetrics self = new SelfMetrics(provider);
    self.observe(SelfInstrument.LOG_EXPORTED, this::record);
    self.observe(SelfInstrument.LOG_INFLIGHT, to -> to.record(7));
    self.observeFraction(SelfInstrument.CLOCK_OFFSET_CHANGE, to -> to.record(0.25));
    provider.get("another").counterBuilder("other").build().add(3);
  }

  private void record(ObservableLongMeasurement to) {
    exported.forEach(
        (error, count) ->
            to.record(count, error.isEmpty() ? Attributes.empty() : Attributes.of(ERROR, error)));
  }

  /** The zero points of a collection, as "metric error=value at seconds". */
  private List<String> collect(long atSeconds, boolean arrives) {
    nowSeconds = atSeconds;
    List<String> points = new ArrayList<>();
    for (MetricData metric : zeros.before(reader.collectAllMetrics())) {
      for (PointData point : metric.getData().getPoints()) {
        double value =
            point instanceof LongPointData sum
                ? sum.getValue()
                : ((DoublePointData) point).getValue();
        points.add(
            "%s %s=%s at %s"
                .formatted(
                    metric.getName(),
                    point.getAttributes().get(ERROR),
                    value,
                    point.getEpochNanos() / 1e9));
        assertThat(point.getStartEpochNanos()).isLessThan(point.getEpochNanos());
      }
    }
    if (arrives) {
      zeros.answered();
    }
    return points;
  }

  @Test
  void aCounterThatIsNotZeroAtFirstBeginsWithOne() {
    observe();
    assertThat(collect(1_020, true))
        .containsExactlyInAnyOrder(
            "otel.sdk.exporter.log.exported null=0.0 at 1010.0",
            "tcpotel.clock.offset.change null=0.0 at 1010.0");
    assertThat(collect(1_080, true)).isEmpty();
  }

  @Test
  void theFirstErrorOfAKindBeginsWithOneBehindTheLastCollection() {
    observe();
    collect(1_020, true);
    exported.put("UNAVAILABLE", 9L);
    exported.put("rejected", 0L);
    assertThat(collect(1_080, true))
        .containsExactly("otel.sdk.exporter.log.exported UNAVAILABLE=0.0 at 1050.0");
    exported.put("rejected", 2L);
    assertThat(collect(1_140, true)).as("0 was shown").isEmpty();
  }

  @Test
  void itIsSentAgainUntilACollectionArrives() {
    observe();
    collect(1_020, false);
    assertThat(collect(1_080, false)).contains("otel.sdk.exporter.log.exported null=0.0 at 1050.0");
    assertThat(collect(1_140, true)).contains("otel.sdk.exporter.log.exported null=0.0 at 1110.0");
    assertThat(collect(1_200, true)).isEmpty();
  }

  @Test
  void deltasHaveNone() {
    reader =
        InMemoryMetricReader.builder()
            .setAggregationTemporalitySelector(AggregationTemporalitySelector.deltaPreferred())
            .build();
    observe();
    assertThat(
            reader.getAggregationTemporality(io.opentelemetry.sdk.metrics.InstrumentType.COUNTER))
        .isEqualTo(AggregationTemporality.DELTA);
    assertThat(collect(1_020, true)).isEmpty();
  }
}
