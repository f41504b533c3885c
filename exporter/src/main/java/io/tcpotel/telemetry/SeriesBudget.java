// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * How many series some tables may have together. Series of ports that were never established have a
 * share of their own, so that a scan of closed ports takes no room from services. The reader's
 * thread uses it.
 */
final class SeriesBudget {
  /** Of the whole: one part in so many. */
  private static final int UNPROVEN_SHARE = 8;

  private final int limit;
  private int used;
  private int unproven;

  SeriesBudget(int limit) {
    this.limit = limit;
  }

  /** Takes room for one more series, if there is some. */
  boolean take(boolean established) {
    if (used >= limit || !established && unproven >= limit / UNPROVEN_SHARE) {
      return false;
    }
    used++;
    unproven += established ? 0 : 1;
    return true;
  }

  /** A series that was taken as not established is established now. */
  void prove() {
    unproven--;
  }
}
