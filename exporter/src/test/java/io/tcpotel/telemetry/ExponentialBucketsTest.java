// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentSelector;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.View;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** Against the SDK's exponential histogram. */
class ExponentialBucketsTest {
  private static ExponentialHistogramPointData sdks(List<Long> values) {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    DoubleHistogram oracle =
        SdkMeterProvider.builder()
            .registerMetricReader(reader)
            .registerView(
                InstrumentSelector.builder().setName("*").build(),
                View.builder()
                    .setAggregation(Aggregation.base2ExponentialBucketHistogram())
                    .build())
            .build()
            .get("test")
            .histogramBuilder("oracle")
            .build();
    values.forEach(ns -> oracle.record(ns / 1e9));
    return reader
        .collectAllMetrics()
        .iterator()
        .next()
        .getExponentialHistogramData()
        .getPoints()
        .iterator()
        .next();
  }

  @Property(tries = 200)
  void areTheSdks(
      @ForAll @Size(min = 1, max = 300) List<@LongRange(max = 90_000_000_000_000L) Long> values) {
    ExponentialHistogramPointData expected = sdks(values);
    ExponentialBuckets direct = new ExponentialBuckets();
    ExponentialBuckets merged = new ExponentialBuckets();
    ExponentialBuckets part = new ExponentialBuckets();
    for (long ns : values) {
      direct.add(ns, 1, ns);
      part.add(ns, 1, ns);
      if (ns % 5 == 0) {
        merged.merge(part);
        part.clear();
      }
    }
    merged.merge(part);
    for (ExponentialBuckets buckets : List.of(direct, merged)) {
      assertThat(buckets.count()).isEqualTo(expected.getCount());
      assertThat(buckets.zeros()).isEqualTo(expected.getZeroCount());
      assertThat(buckets.sumNs()).isEqualTo(values.stream().mapToLong(ns -> ns).sum());
      if (expected.getZeroCount() < expected.getCount()) {
        assertThat(buckets.scale()).isEqualTo(expected.getScale());
        assertThat(buckets.first()).isEqualTo(expected.getPositiveBuckets().getOffset());
        assertThat(buckets.counts()).isEqualTo(expected.getPositiveBuckets().getBucketCounts());
      }
    }
  }
}
