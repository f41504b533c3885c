// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.Collections;
import java.util.List;

/**
 * A point of a histogram. It has its exemplars until the next collection: delta points that wait
 * for a collector take no memory for them.
 */
abstract sealed class HistogramPoint implements PointData {
  private final PointTimes times;
  private final double sum;
  private final long count;
  private final ExemplarPlaces exemplars;
  private final int shownIn;

  /**
   * @param exemplars null if the histogram has none
   */
  private HistogramPoint(PointTimes times, double sum, long count, ExemplarPlaces exemplars) {
    this.times = times;
    this.sum = sum;
    this.count = count;
    this.exemplars = exemplars;
    this.shownIn = exemplars == null ? 0 : exemplars.lastCollection();
  }

  /** Of which series a point is, and of which time. */
  record PointTimes(Attributes attributes, long startNs, long nowNs) {}

  /** A point without values, in front of this one. */
  abstract HistogramPoint zero(PointTimes when);

  /** With the instrument's boundaries. */
  static final class Explicit extends HistogramPoint implements HistogramPointData {
    private final List<Double> boundaries;
    private final List<Long> counts;

    Explicit(
        PointTimes times,
        double sum,
        List<Double> boundaries,
        List<Long> counts,
        ExemplarPlaces exemplars) {
      super(times, sum, counts.stream().mapToLong(count -> count).sum(), exemplars);
      this.boundaries = boundaries;
      this.counts = counts;
    }

    @Override
    HistogramPoint zero(PointTimes when) {
      return new Explicit(when, 0, boundaries, Collections.nCopies(counts.size(), 0L), null);
    }

    @Override
    public List<Double> getBoundaries() {
      return boundaries;
    }

    @Override
    public List<Long> getCounts() {
      return counts;
    }
  }

  /** With exponential buckets. */
  static final class Exponential extends HistogramPoint implements ExponentialHistogramPointData {
    private final long zeros;
    private final ExponentialHistogramBuckets positive;

    Exponential(PointTimes times, ExponentialBuckets shown, ExemplarPlaces exemplars) {
      super(times, shown.sumNs() / 1e9, shown.count(), exemplars);
      this.zeros = shown.zeros();
      this.positive =
          ExponentialHistogramBuckets.create(shown.scale(), shown.first(), shown.counts());
    }

    private Exponential(PointTimes times, int scale) {
      super(times, 0, 0, null);
      this.zeros = 0;
      this.positive = ExponentialHistogramBuckets.create(scale, 0, List.of());
    }

    @Override
    HistogramPoint zero(PointTimes when) {
      return new Exponential(when, getScale());
    }

    @Override
    public int getScale() {
      return positive.getScale();
    }

    @Override
    public long getZeroCount() {
      return zeros;
    }

    @Override
    public ExponentialHistogramBuckets getPositiveBuckets() {
      return positive;
    }

    @Override
    public ExponentialHistogramBuckets getNegativeBuckets() {
      return ExponentialHistogramBuckets.create(getScale(), 0, List.of());
    }
  }

  @Override
  public Attributes getAttributes() {
    return times.attributes;
  }

  @Override
  public long getStartEpochNanos() {
    return times.startNs;
  }

  @Override
  public long getEpochNanos() {
    return times.nowNs;
  }

  public double getSum() {
    return sum;
  }

  public long getCount() {
    return count;
  }

  public boolean hasMin() {
    return false;
  }

  public double getMin() {
    return 0;
  }

  public boolean hasMax() {
    return false;
  }

  public double getMax() {
    return 0;
  }

  @Override
  public List<DoubleExemplarData> getExemplars() {
    return exemplars == null ? List.of() : exemplars.shown(shownIn);
  }
}
