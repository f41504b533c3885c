// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.util.HashMap;
import java.util.Map;

/**
 * How many lines a reader can follow: so many in each second, and fewer of one kind, so that a busy
 * server does not hide all else. One thread at a time.
 */
final class LineBudget {
  private static final int LINES_PER_SECOND = 40;
  private static final int LINES_OF_A_KIND = 12;

  private final Map<String, Integer> kinds = new HashMap<>();
  private long second;
  private int shown;
  private long omitted;

  /** Begins the second of the next line; returns how many lines of the one before were left out. */
  long begin(long nextSecond) {
    if (nextSecond <= second) {
      return 0; // a record that comes late counts with those around it
    }
    second = nextSecond;
    return end();
  }

  /** Returns how many lines were left out since the second began. */
  long end() {
    long left = omitted;
    omitted = 0;
    shown = 0;
    kinds.clear();
    return left;
  }

  /** Whether a line of this kind is still to be shown; counts it if not. */
  boolean admits(String kind) {
    boolean admitted =
        shown < LINES_PER_SECOND && kinds.merge(kind, 1, Integer::sum) <= LINES_OF_A_KIND;
    if (admitted) {
      shown++;
    } else {
      omitted++;
    }
    return admitted;
  }
}
