// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.concurrent.TimeUnit;

/**
 * Which cumulative series begin with a point of value 0: Prometheus takes the first value that it
 * sees of a series for no increase. The point is sent again until a collection has arrived.
 *
 * <p>All points of value 0 have one time, and exporters get them before the others: Prometheus
 * writes {@code target_info} for the first and the last time of a resource in each request, and
 * refuses a whole request with a time before that of an earlier one.
 *
 * @param lastArrived whether the last collection did
 * @param lastNs the time of the last collection; the SDK's own points are a little later
 * @param nowNs the time of this one
 */
record ZeroPoints(boolean areOn, boolean lastArrived, long lastNs, long nowNs) {
  private static final long SHORTEST_NS = TimeUnit.MILLISECONDS.toNanos(100);

  /** Whether a point that is shown now needs one in front of it. */
  boolean precede(ShownPoints shown, int point, boolean isZero) {
    return areOn && shown.showFirst(point, lastArrived) && !isZero && nowNs - lastNs >= SHORTEST_NS;
  }

  /** Their time, half way between the collections: nothing of the series had been shown. */
  long atNs() {
    return lastNs + (nowNs - lastNs) / 2;
  }
}
