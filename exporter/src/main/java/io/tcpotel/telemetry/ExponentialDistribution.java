// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.telemetry.ExplicitDistribution.Boundaries;
import io.tcpotel.telemetry.HistogramPoint.PointTimes;

/**
 * A base-2 exponential histogram of seconds. Values that the kernel has added up stand in the
 * bucket of their mean; count and sum are exact. Exemplars are chosen for the buckets between the
 * instrument's boundaries: exponential ones change, and are many.
 */
final class ExponentialDistribution implements Distribution {
  private final ExponentialBuckets all = new ExponentialBuckets();

  /** Added after the last collection. */
  private final ExponentialBuckets fresh = new ExponentialBuckets();

  private final Boundaries boundaries;
  private final ExemplarPlaces exemplars;
  private final ShownPoints shownPoints = new ShownPoints();

  /**
   * @param exemplars null if it has none
   */
  ExponentialDistribution(Boundaries boundaries, Exemplars exemplars) {
    int buckets = boundaries.ns().length;
    this.boundaries = boundaries;
    this.exemplars =
        exemplars == null
            ? null
            : new ExemplarPlaces(exemplars, buckets, new long[1 + buckets], 0, 1);
  }

  @Override
  public void record(long ns) {
    addFresh(ns);
    if (exemplars != null) {
      exemplars.offer(boundaries.bucket(ns), ns);
    }
  }

  private synchronized void addFresh(long ns) {
    fresh.add(ns, 1, ns);
  }

  @Override
  public synchronized void addFolded(int bucket, long count, long sumNs) {
    if (count != 0) {
      fresh.add(sumNs / count, count, sumNs);
    }
  }

  @Override
  public synchronized boolean hasUncollected() {
    return fresh.count() != 0;
  }

  @Override
  public synchronized HistogramPoint collect(PointTimes times, boolean delta) {
    HistogramPoint ofFresh = delta ? point(fresh, times) : null;
    all.merge(fresh);
    fresh.clear();
    return delta ? ofFresh : point(all, times);
  }

  private HistogramPoint point(ExponentialBuckets shown, PointTimes times) {
    return shown.count() == 0 ? null : new HistogramPoint.Exponential(times, shown, exemplars);
  }

  @Override
  public ShownPoints shownPoints() {
    return shownPoints;
  }

  /** Locks in one order only: an overflow's distribution is never moved. */
  @Override
  public synchronized void moveUncollected(Distribution other) {
    ExponentialDistribution to = (ExponentialDistribution) other;
    synchronized (to) {
      to.fresh.merge(fresh);
    }
    all.clear();
    fresh.clear();
    shownPoints.clear();
    if (exemplars != null) {
      exemplars.clear();
    }
  }
}
