// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

/**
 * Keeps at most so many records of each second, by their own time: no clock is read, a replay keeps
 * what the capture kept, and both ends of a connection, whose hosts have the same time, have about
 * the same threshold. Those that meet a condition come first: room is reserved for as many as in
 * the second before, and as many as this second's first part foretells. Hot: allocates nothing.
 */
final class LogRate {
  static final long SECOND_NS = 1_000_000_000;
  private static final int SLICES = 16;
  private static final long SLICE_NS = SECOND_NS / SLICES;

  private final long perSecond;
  private final long leastReserve;
  private final AdaptiveThreshold threshold;
  private long beginNs = Long.MIN_VALUE;
  private int slice;
  private long left;
  private long met;
  private long reserve;

  /**
   * @param lowest the threshold where the rate leaves out nothing
   * @param hasConditions whether room is reserved for records that meet one
   */
  LogRate(long perSecond, long lowest, boolean hasConditions) {
    this.perSecond = perSecond;
    this.leastReserve = hasConditions ? perSecond / 10 : 0;
    this.threshold = new AdaptiveThreshold(lowest);
    this.reserve = leastReserve;
  }

  long threshold() {
    return threshold.threshold();
  }

  /**
   * The time of the next record. A record that comes late counts in the second of the one before
   * it; one of a second or more earlier shows that the clock was set back.
   */
  void advance(long timeNs) {
    long sinceNs = timeNs - beginNs;
    if (sinceNs >= SECOND_NS || sinceNs < -SECOND_NS || beginNs == Long.MIN_VALUE) {
      beginSecond(timeNs);
    }
    int now = (int) (Math.max(0, timeNs - beginNs) / SLICE_NS);
    if (now > slice) {
      beginSlice(now - slice, now);
    }
  }

  private void beginSecond(long timeNs) {
    long seconds = beginNs == Long.MIN_VALUE ? 1 : Math.abs((timeNs - beginNs) / SECOND_NS);
    reserve = Math.min(perSecond, Math.max(leastReserve, seconds == 1 ? met : 0));
    beginNs = timeNs - Math.floorMod(timeNs, SECOND_NS);
    left = perSecond;
    met = 0;
    beginSlice(Math.max(1, seconds * SLICES - slice), 0);
  }

  private void beginSlice(long passed, int now) {
    slice = now;
    if (now > 0) {
      reserve = Math.min(perSecond, Math.max(reserve, met * SLICES / now));
    }
    long room = perSecond - reserve;
    long untilNow = room * Math.min(now + 2, SLICES) / SLICES;
    threshold.beginSlice(passed, (double) room / SLICES, untilNow - (room - leftForOthers()));
  }

  /** Without what is reserved. */
  private long leftForOthers() {
    return left - Math.max(0, reserve - met);
  }

  /** A record that no condition keeps, with random bits that are not below the lowest threshold. */
  void offer() {
    threshold.offer();
  }

  boolean hasRoom() {
    return leftForOthers() > 0;
  }

  /** Keeps one. */
  void take() {
    left--;
    threshold.take(Math.min(leftForOthers() / 2, (perSecond - reserve) / SLICES));
  }

  /** Keeps one that meets a condition, if there is room for it. */
  boolean takeMet() {
    met++;
    if (left > 0) {
      left--;
      return true;
    }
    return false;
  }
}
