// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * How many series a table may have, by what is known of their port. A scan of closed ports, or one
 * connection to each of many, takes no room from services. The reader's thread uses it.
 */
final class SeriesBudget {
  /** What is known of a port. Each step up is an established connection. */
  enum Evidence {
    /** No connection to it was ever established. */
    NEVER_ESTABLISHED,
    SEEN_ONCE,
    SEEN_AGAIN
  }

  private final int[] used = new int[Evidence.values().length];
  private final int[] limits;

  SeriesBudget(int limit) {
    limits = new int[] {limit / 8, limit / 2, limit};
  }

  /** Takes room for one more series, if there is some. */
  boolean take(Evidence evidence) {
    int all = used[0] + used[1] + used[2];
    if (all >= limits[2] || used[evidence.ordinal()] >= limits[evidence.ordinal()]) {
      return false;
    }
    used[evidence.ordinal()]++;
    return true;
  }

  /** Counts a series elsewhere, if there is room. */
  boolean move(Evidence from, Evidence to) {
    if (used[to.ordinal()] >= limits[to.ordinal()]) {
      return false;
    }
    used[from.ordinal()]--;
    used[to.ordinal()]++;
    return true;
  }

  void giveBack(Evidence evidence) {
    used[evidence.ordinal()]--;
  }
}
