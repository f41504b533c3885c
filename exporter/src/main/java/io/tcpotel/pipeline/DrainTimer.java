// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

/**
 * How long the reader sleeps before the next drain. It spares a wake-up for each record, and the
 * more records a drain finds, the less of its time goes to caches that others have used meanwhile.
 * So it sleeps while a quarter of the ring fills, as fast as it filled last; the rest is for a
 * burst, and for a reader that gets no CPU. Where a drain found half of the ring, which ends the
 * sleep by itself, there is none: the next records are there already.
 */
final class DrainTimer {
  static final int SHORTEST_MS = 20;

  /** A third of the age at which a request is sent that is not full. */
  static final int LONGEST_MS = 100;

  /** Of the ring: what gathers in a sleep. */
  private static final int WANTED_SHARE = 4;

  /** Of the ring: what came in the last sleep and makes the next one needless. */
  private static final int BUSY_SHARE = 2;

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
    } else {
      long fillsInMs = ms * (ringBytes / WANTED_SHARE) / Math.max(foundBytes, 1);
      ms = Math.clamp(Math.min(fillsInMs, 2L * ms), SHORTEST_MS, LONGEST_MS);
    }
  }
}
