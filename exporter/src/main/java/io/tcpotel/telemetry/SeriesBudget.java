// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * How many series a table may have, by what is known of their port. A scan of closed ports, or one
 * connection to each of many, takes no room from services. If ports are named, a quarter is for
 * their series alone. The reader's thread uses it.
 */
final class SeriesBudget {
  /** What is known of a port. Each step up to seen again is an established connection. */
  enum Evidence {
    /** No connection to it was ever established. */
    NEVER_ESTABLISHED,
    SEEN_ONCE,
    SEEN_AGAIN,
    /** It is among those that have a place. */
    NAMED
  }

  /** One part in this many is for named ports. */
  static final int NAMED_SHARE = 4;

  private final int[] used = new int[Evidence.values().length];
  private final int[] limits;

  /**
   * @param hasNamed whether there are ports that have a place
   */
  SeriesBudget(int limit, boolean hasNamed) {
    int others = hasNamed ? limit - limit / NAMED_SHARE : limit;
    limits = new int[] {others / 8, others / 2, others, limit};
  }

  /** Takes room for one more series, if there is some. */
  boolean take(Evidence evidence) {
    int others = used[0] + used[1] + used[2];
    if (others + used[3] >= limits[3]
        || evidence != Evidence.NAMED && others >= limits[2]
        || used[evidence.ordinal()] >= limits[evidence.ordinal()]) {
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
