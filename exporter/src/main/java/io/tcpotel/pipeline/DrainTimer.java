// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

/**
 * How long the reader sleeps before the next drain. It spares a wake-up for each record: where
 * records come, the sleep is short enough for few of them to gather; where none come, it grows; and
 * where a drain found that many, there is none, since the next ones are there already. A ring that
 * fills sooner ends the sleep sooner.
 */
final class DrainTimer {
  static final int SHORTEST_MS = 20;

  /** Half of the age at which a request is sent that is not full. */
  static final int LONGEST_MS = 100;

  /** Of the ring: what came in the last sleep and makes the next one needless. */
  private static final int BUSY_SHARE = 4;

  private int ms = SHORTEST_MS;

  int nextMs() {
    return ms;
  }

  /**
   * @param foundBytes what was in the ring before the drain
   * @param leftBytes what is in it now: nobody wants it yet, or it came meanwhile
   */
  void drained(long foundBytes, long leftBytes, long ringBytes) {
    boolean isTaking = leftBytes < foundBytes;
    if (isTaking && foundBytes >= ringBytes / BUSY_SHARE) {
      ms = 0;
    } else if (foundBytes > 0) {
      ms = SHORTEST_MS;
    } else {
      ms = Math.min(Math.max(2 * ms, SHORTEST_MS), LONGEST_MS);
    }
  }
}
