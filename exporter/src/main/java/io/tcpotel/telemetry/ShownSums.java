// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/** Sums of what the points of all collections have shown, also of series that have ended. */
final class ShownSums {
  private final long[] shown = new long[CountedSum.values().length];

  /**
   * A point shows {@code amount} more than the one before it.
   *
   * @param sum of {@link ConnectionSeries}
   */
  void add(int sum, long amount) {
    CountedSum counted = CountedSum.of(sum);
    if (counted != null) {
      shown[counted.ordinal()] += amount;
    }
  }

  long get(CountedSum sum) {
    return shown[sum.ordinal()];
  }
}
