// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.tcpotel.testing.RecordImage;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Quantiles that a back end computes of the buckets, against the sorted values. */
class ExponentialQuantilesTest {
  private static final int VALUES = 20_000;

  /** As Prometheus' histogram_quantile does it, with the bucket's middle on a logarithmic scale. */
  private static double quantile(ExponentialHistogramPointData point, double rank) {
    long before = 0;
    var counts = point.getPositiveBuckets().getBucketCounts();
    for (int i = 0; i < counts.size(); i++) {
      before += counts.get(i);
      if (before >= rank) {
        double middle = point.getPositiveBuckets().getOffset() + i + 0.5;
        return Math.pow(2, Math.scalb(middle, -point.getScale()));
      }
    }
    throw new AssertionError("fewer than " + rank);
  }

  /** The exponents of the spread: within a factor of 2, a decade, and from 1 us to 1,000 s. */
  @ParameterizedTest
  @ValueSource(doubles = {0.15, 1, 4.5})
  void areExactWithinHalfABucket(double decades) {
    CollectedMetrics collected =
        new CollectedMetrics(
            new MetricModes(false, false, true, MetricKeys.DEFAULT, 2000, LogIds.DEFAULT, false));
    Random random = new Random(16);
    long[] values = new long[VALUES];
    for (int i = 0; i < VALUES; i++) {
      values[i] = Math.round(31_700_000 * Math.pow(10, decades * (2 * random.nextDouble() - 1)));
      collected.record(RecordImage.close().durationNs(values[i]));
    }
    ExponentialHistogramPointData point =
        collected
            .metric("tcpotel.connection.duration")
            .getExponentialHistogramData()
            .getPoints()
            .iterator()
            .next();
    Arrays.sort(values);
    double bound = Math.pow(2, Math.scalb(0.5, -point.getScale())) - 1;
    double widest = Math.pow(10, 2 * decades / 158) - 1;
    assertThat(bound).as("at least half of 160 buckets are used").isLessThan(widest);
    for (double q : new double[] {0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1}) {
      double exact = values[(int) Math.ceil(q * VALUES) - 1] / 1e9;
      double error = Math.abs(quantile(point, Math.ceil(q * VALUES)) / exact - 1);
      assertThat(error)
          .as("quantile %s at scale %d", q, point.getScale())
          .isLessThan(bound * 1.001);
    }
    assertThat(point.getCount()).isEqualTo(VALUES);
    assertThat(point.getSum()).isEqualTo(Arrays.stream(values).sum() / 1e9);
  }
}
