// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.telemetry.HistogramPoint.PointTimes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A histogram with the instrument's boundaries, and an exact sum. Hot. */
final class ExplicitDistribution implements Distribution {
  /** The sum in ns. */
  private static final int SUM = 0;

  /** The first of those that {@link ExemplarPlaces} has: a bucket's count precedes its slowest. */
  private static final int EXEMPLARS = 1;

  private static final int COUNTS = 2;
  private static final int STEP = 2;

  private final Boundaries boundaries;

  /** All that a value touches, in two cache lines. */
  private final long[] words;

  /** The counts and, last, the sum as of the last collection. */
  private final long[] collected;

  private final Exemplars exemplars;
  private final ExemplarPlaces places;
  private final ShownPoints shownPoints = new ShownPoints();

  /**
   * An instrument's boundaries, inclusive.
   *
   * @param ns and, last, a boundary that no value exceeds; no two have as many bits
   * @param firstByBits by the number of a value's bits: the bucket of the lowest such value
   */
  record Boundaries(List<Double> seconds, long[] ns, byte[] firstByBits) {
    static Boundaries of(Instrument instrument) {
      return of(instrument.boundaries());
    }

    static Boundaries of(List<Double> seconds) {
      long[] ns = seconds.stream().mapToLong(s -> Math.round(s * 1e9)).toArray();
      byte[] firstByBits = new byte[Long.SIZE + 1];
      for (int bits = 1; bits < firstByBits.length; bits++) {
        long least = 1L << bits - 1;
        firstByBits[bits] = (byte) Arrays.stream(ns).filter(bound -> bound < least).count();
        if (firstByBits[bits] > firstByBits[bits - 1] + 1) {
          throw new IllegalArgumentException("two boundaries of as many bits: " + seconds);
        }
      }
      long[] ends = Arrays.copyOf(ns, ns.length + 1);
      ends[ns.length] = Long.MAX_VALUE;
      return new Boundaries(seconds, ends, firstByBits);
    }

    /**
     * Hot: one boundary at most has as many bits as the value, which exceeds it or not. The sign of
     * the difference tells, since a branch would be guessed wrong often.
     */
    int bucket(long value) {
      int bucket = firstByBits[Long.SIZE - Long.numberOfLeadingZeros(value)];
      return bucket + (int) (ns[bucket] - value >>> Long.SIZE - 1);
    }
  }

  /**
   * @param exemplars null if it has none
   */
  ExplicitDistribution(Boundaries boundaries, Exemplars exemplars) {
    int buckets = boundaries.ns.length;
    this.boundaries = boundaries;
    this.words = new long[COUNTS + STEP * buckets];
    this.collected = new long[buckets + 1];
    this.exemplars = exemplars;
    this.places =
        exemplars == null ? null : new ExemplarPlaces(exemplars, buckets, words, EXEMPLARS, STEP);
  }

  /** Of the sums in the order of {@link #collected}. */
  private int word(int sum) {
    return sum == collected.length - 1 ? SUM : COUNTS + STEP * sum;
  }

  @Override
  public void record(long ns) {
    int bucket = boundaries.bucket(ns);
    int count = COUNTS + STEP * bucket;
    SharedSums.add(words, SUM, ns);
    SharedSums.add(words, count, 1);
    if (exemplars != null
        && (ns > words[count + 1] || exemplars.wantsMoreThanSlowest(words[EXEMPLARS]))) {
      places.offer(bucket, ns);
    }
  }

  @Override
  public void addFolded(int bucket, long count, long sumNs) {
    SharedSums.add(words, SUM, sumNs);
    SharedSums.add(words, COUNTS + STEP * bucket, count);
  }

  @Override
  public boolean hasUncollected() {
    for (int i = 0; i < collected.length; i++) {
      if (SharedSums.get(words, word(i)) != collected[i]) {
        return true;
      }
    }
    return false;
  }

  @Override
  public HistogramPoint collect(PointTimes times, boolean delta) {
    List<Long> counts = new ArrayList<>(boundaries.ns.length);
    long all = 0;
    long sumNs = 0;
    for (int i = 0; i < collected.length; i++) {
      long now = SharedSums.get(words, word(i));
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
        : new HistogramPoint.Explicit(times, sumNs / 1e9, boundaries.seconds, counts, places);
  }

  @Override
  public ShownPoints shownPoints() {
    return shownPoints;
  }

  @Override
  public void moveUncollected(Distribution other) {
    for (int i = 0; i < collected.length; i++) {
      int word = word(i);
      SharedSums.add(((ExplicitDistribution) other).words, word, words[word] - collected[i]);
      words[word] = 0;
      collected[i] = 0;
    }
    shownPoints.clear();
    if (places != null) {
      places.clear();
    }
  }
}
