// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.telemetry.HistogramPoint.PointTimes;

/**
 * One series of a histogram. One thread adds, another collects. Neither minimum nor maximum is
 * kept: the ends that the kernel folds have none.
 */
interface Distribution {
  /** Takes a value of the record that {@link Exemplars#begin} was told of. Hot. */
  void record(long ns);

  /**
   * Adds values that the kernel has added up.
   *
   * @param bucket the one of all of them, by the instrument's boundaries
   */
  void addFolded(int bucket, long count, long sumNs);

  /** Whether something was added after the last collection. */
  boolean hasUncollected();

  /** The point of all values, or of those since the last collection; null if there are none. */
  HistogramPoint collect(PointTimes times, boolean delta);

  /** It has one. */
  ShownPoints shownPoints();

  /** Adds to {@code other} what was added here after the last collection, and forgets all. */
  void moveUncollected(Distribution other);
}
