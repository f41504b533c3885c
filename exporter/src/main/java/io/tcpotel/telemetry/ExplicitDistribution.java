// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.telemetry.HistogramPoint.PointTimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/** A histogram with the instrument's boundaries, and an exact sum. Hot. */
final class ExplicitDistribution implements Distribution {
  private final Boundaries boundaries;

  /** The buckets' counts and, last, the sum in ns. */
  private final AtomicLongArray sums;

  /** As of the last collection. */
  private final long[] collected;

  private final ExemplarPlaces exemplars;
  private final ShownPoints shownPoints = new ShownPoints();

  /**
   * An instrument's boundaries, inclusive.
   *
   * @param firstByBits by the number of a value's bits: the bucket of the lowest such value
   */
  record Boundaries(List<Double> seconds, long[] ns, byte[] firstByBits) {
    static Boundaries of(Instrument instrument) {
      long[] ns = instrument.boundaries().stream().mapToLong(s -> Math.round(s * 1e9)).toArray();
      byte[] firstByBits = new byte[Long.SIZE + 1];
      for (int bits = 1; bits < firstByBits.length; bits++) {
        long least = 1L << bits - 1;
        firstByBits[bits] = (byte) Arrays.stream(ns).filter(bound -> bound < least).count();
      }
      return new Boundaries(instrument.boundaries(), ns, firstByBits);
    }

    /** Hot: looks only at boundaries of the same number of bits, of which there are few. */
    int bucket(long value) {
      int bucket = firstByBits[Long.SIZE - Long.numberOfLeadingZeros(value)];
      while (bucket < ns.length && value > ns[bucket]) {
        bucket++;
      }
      return bucket;
    }
  }

  /**
   * @param exemplars null if it has none
   */
  ExplicitDistribution(Boundaries boundaries, ExemplarPlaces exemplars) {
    this.boundaries = boundaries;
    this.exemplars = exemplars;
    this.sums = new AtomicLongArray(boundaries.ns.length + 2);
    this.collected = new long[sums.length()];
  }

  @Override
  public void record(long ns) {
    int bucket = boundaries.bucket(ns);
    addFolded(bucket, 1, ns);
    if (exemplars != null) {
      exemplars.offer(bucket, ns);
    }
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
  public HistogramPoint collect(PointTimes times, boolean delta) {
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
        : new HistogramPoint.Explicit(times, sumNs / 1e9, boundaries.seconds, counts, exemplars);
  }

  @Override
  public ShownPoints shownPoints() {
    return shownPoints;
  }

  @Override
  public void moveUncollected(Distribution other) {
    for (int i = 0; i < collected.length; i++) {
      ((ExplicitDistribution) other).add(i, sums.get(i) - collected[i]);
      sums.set(i, 0);
      collected[i] = 0;
    }
    shownPoints.clear();
    if (exemplars != null) {
      exemplars.clear();
    }
  }
}
