// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.function.Function;

/**
 * Makes the series of histograms, as many as their share of the heap holds: they take most of the
 * memory of all metrics. The reader's thread uses it.
 */
final class DistributionBudget {
  private final Function<Instrument, Distribution> makes;
  private int left;

  DistributionBudget(Function<Instrument, Distribution> makes, int limit) {
    this.makes = makes;
    this.left = limit;
  }

  /** Null if none is left. */
  Distribution take(Instrument instrument) {
    if (left == 0) {
      return null;
    }
    left--;
    return makes.apply(instrument);
  }

  /** For the series in which all count that found no room; these are few. */
  Distribution beyond(Instrument instrument) {
    return makes.apply(instrument);
  }

  void giveBack(int distributions) {
    left += distributions;
  }
}
