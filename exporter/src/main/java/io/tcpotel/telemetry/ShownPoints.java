// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * Which points of a series have been shown by a collection that arrived. Needs the table's lock.
 */
final class ShownPoints {
  private long shown;
  private long arrived;

  /**
   * Every collection shows a point that one has shown.
   *
   * @param point below 64
   * @param lastArrived whether the last collection did
   * @return whether no collection that arrived has shown it
   */
  boolean showFirst(int point, boolean lastArrived) {
    long bit = 1L << point;
    if (lastArrived) {
      arrived |= shown & bit;
    }
    shown |= bit;
    return (arrived & bit) == 0;
  }

  /** The series begins anew. */
  void clear() {
    shown = 0;
    arrived = 0;
  }
}
