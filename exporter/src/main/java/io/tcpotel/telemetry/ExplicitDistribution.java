// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/** A histogram with the instrument's boundaries, and an exact sum. Hot. */
final class ExplicitDistribution implements Distribution {
  private final Boundaries boundaries;

  /** The buckets' counts and, last, the sum in ns. */
  private final AtomicLongArray sums;

  /** As of the last collection. */
  private final long[] collected;

  /** An instrument's boundaries, inclusive, in seconds and in ns. */
  record Boundaries(List<Double> seconds, long[] ns) {
    static Boundaries of(Instrument instrument) {
      return new Boundaries(
          instrument.boundaries(),
          instrument.boundaries().stream().mapToLong(s -> Math.round(s * 1e9)).toArray());
    }
  }

  ExplicitDistribution(Boundaries boundaries) {
    this.boundaries = boundaries;
    this.sums = new AtomicLongArray(boundaries.ns.length + 2);
    this.collected = new long[sums.length()];
  }

  @Override
  public void record(long ns) {
    long[] bounds = boundaries.ns;
    int bucket = 0;
    while (bucket < bounds.length && ns > bounds[bucket]) {
      bucket++;
    }
    addFolded(bucket, 1, ns);
  }

  @Override
  public void addFolded(int bucket, long count, long sumNs) {
    add(sums.length() - 1, sumNs);
    add(bucket, count);
  }

  private void add(int index, long amount) {
    sums.setRelease(index, sums.getPlain(index) + amount);
  }

  @Override
  public boolean hasUncollected() {
    for (int i = 0; i < collected.length; i++) {
      if (sums.getAcquire(i) != collected[i]) {
        return true;
      }
    }
    return false;
  }

  @Override
  public PointData collect(Attributes attributes, long startNs, long nowNs, boolean delta) {
    List<Long> counts = new ArrayList<>(boundaries.ns.length + 1);
    long all = 0;
    long sumNs = 0;
    for (int i = 0; i < collected.length; i++) {
      long now = sums.getAcquire(i);
      long shown = delta ? now - collected[i] : now;
      collected[i] = now;
      if (i < collected.length - 1) {
        counts.add(shown);
        all += shown;
      } else {
        sumNs = shown;
      }
    }
    return all == 0
        ? null
        : HistogramPointData.create(
            startNs,
            nowNs,
            attributes,
            sumNs / 1e9,
            false,
            0,
            false,
            0,
            boundaries.seconds,
            counts);
  }

  @Override
  public void moveUncollected(Distribution other) {
    for (int i = 0; i < collected.length; i++) {
      ((ExplicitDistribution) other).add(i, sums.get(i) - collected[i]);
      sums.set(i, 0);
      collected[i] = 0;
    }
  }
}
