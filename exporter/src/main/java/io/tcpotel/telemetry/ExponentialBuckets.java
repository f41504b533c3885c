// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Buckets of OpenTelemetry's exponential histogram: bucket i at scale s holds the seconds above
 * 2^(i/2^s), up to 2^((i+1)/2^s). The scale sinks until all values fit. Allocates nothing to add.
 */
final class ExponentialBuckets {
  private static final int MOST_BUCKETS = 160;
  private static final int HIGHEST_SCALE = 20;

  private final long[] counts = new long[MOST_BUCKETS];
  private int scale = HIGHEST_SCALE;

  /** Index of the bucket that stands first in {@link #counts}. */
  private int first;

  private int used;
  private long zeros;
  private long count;
  private long sumNs;

  void add(long ns, long times, long sumOfAllNs) {
    sumNs += sumOfAllNs;
    count += times;
    if (ns <= 0) {
      zeros += times;
    } else {
      addTo(index(ns / 1e9, scale), scale, times);
    }
  }

  /** The scale stays above 0: at scale 1, from 1 ns to 2^63 ns are 126 buckets. */
  private static int index(double seconds, int scale) {
    return (int) Math.ceil(Math.log(seconds) * Math.scalb(1 / Math.log(2), scale)) - 1;
  }

  private void addTo(int indexThere, int scaleThere, long times) {
    while (scale > scaleThere) {
      downscale();
    }
    int index = indexThere >> scaleThere - scale;
    while (used != 0
        && Math.max(first + used - 1, index) - Math.min(first, index) >= MOST_BUCKETS) {
      downscale();
      index >>= 1;
    }
    if (used == 0) {
      first = index;
      used = 1;
    } else if (index < first) {
      int by = first - index;
      System.arraycopy(counts, 0, counts, by, used);
      Arrays.fill(counts, 0, by, 0);
      first = index;
      used += by;
    } else {
      used = Math.max(used, index - first + 1);
    }
    counts[index - first] += times;
  }

  private void downscale() {
    scale--;
    int to = first >> 1;
    for (int i = 0; i < used; i++) {
      long moved = counts[i];
      counts[i] = 0;
      counts[(first + i >> 1) - to] += moved;
    }
    used = used == 0 ? 0 : (first + used - 1 >> 1) - to + 1;
    first = to;
  }

  void merge(ExponentialBuckets other) {
    for (int i = 0; i < other.used; i++) {
      if (other.counts[i] != 0) {
        addTo(other.first + i, other.scale, other.counts[i]);
      }
    }
    zeros += other.zeros;
    count += other.count;
    sumNs += other.sumNs;
  }

  void clear() {
    Arrays.fill(counts, 0, used, 0);
    scale = HIGHEST_SCALE;
    used = 0;
    zeros = 0;
    count = 0;
    sumNs = 0;
  }

  int scale() {
    return scale;
  }

  int first() {
    return used == 0 ? 0 : first;
  }

  /** From {@link #first} on. */
  List<Long> counts() {
    List<Long> boxed = new ArrayList<>(used);
    for (int i = 0; i < used; i++) {
      boxed.add(counts[i]);
    }
    return boxed;
  }

  long zeros() {
    return zeros;
  }

  long count() {
    return count;
  }

  long sumNs() {
    return sumNs;
  }
}
