// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import io.tcpotel.record.SamplingThreshold;

/**
 * A threshold that follows the load. At the beginning of each slice of time it is set by how many
 * records came in earlier slices; within a slice, the share kept is halved as often as the slice's
 * quota is used up. So it depends on earlier records only, and what is kept stands for all without
 * bias. Hot: allocates nothing.
 */
final class AdaptiveThreshold {
  /** Of the quota that a threshold aims at: the rest is for chance and for a growing load. */
  private static final double AIM = 0.8;

  /** The weight of the last slice in what is expected of the next, unless the load grew. */
  private static final double WEIGHT = 1.0 / 8;

  private final long lowest;
  private long offered;
  private double expected;
  private long threshold;
  private long quota;

  /**
   * @param lowest the threshold where the rate leaves out nothing
   */
  AdaptiveThreshold(long lowest) {
    this.lowest = lowest;
    this.threshold = lowest;
    this.quota = Long.MAX_VALUE;
  }

  long threshold() {
    return threshold;
  }

  /** A record came whose random bits are not below {@link #lowest}. */
  void offer() {
    offered++;
  }

  /**
   * Begins a slice, {@code passed} slices after the one before.
   *
   * @param share how many to keep in a slice, on average
   * @param quota how many are kept in this slice before the threshold rises
   */
  void beginSlice(long passed, double share, long quota) {
    boolean grew = offered > 2 * expected;
    expected += (offered - expected) * (grew ? 1 : WEIGHT);
    if (passed > 1) {
      expected *= Math.pow(1 - WEIGHT, Math.min(passed - 1, 1000));
    }
    offered = 0;
    double kept = expected == 0 ? 1 : Math.min(1, AIM * share / expected);
    setKept(kept * (SamplingThreshold.END - lowest));
    this.quota = Math.max(1, quota);
  }

  /**
   * A record is kept.
   *
   * @param next the quota from here on if this one was the last of its quota
   */
  void take(long next) {
    quota--;
    if (quota <= 0) {
      setKept((SamplingThreshold.END - threshold) / 2.0);
      quota = Math.max(1, next);
    }
  }

  private void setKept(double kept) {
    threshold = Math.min(SamplingThreshold.END - (long) kept, SamplingThreshold.HIGHEST);
  }
}
