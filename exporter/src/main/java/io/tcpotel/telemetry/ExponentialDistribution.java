// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramBuckets;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.PointData;
import java.util.List;

/**
 * A base-2 exponential histogram of seconds. Values that the kernel has added up stand in the
 * bucket of their mean; count and sum are exact.
 */
final class ExponentialDistribution implements Distribution {
  private final ExponentialBuckets all = new ExponentialBuckets();

  /** Added after the last collection. */
  private final ExponentialBuckets fresh = new ExponentialBuckets();

  @Override
  public synchronized void record(long ns) {
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
  public synchronized PointData collect(
      Attributes attributes, long startNs, long nowNs, boolean delta) {
    PointData ofFresh = delta ? point(fresh, attributes, startNs, nowNs) : null;
    all.merge(fresh);
    fresh.clear();
    return delta ? ofFresh : point(all, attributes, startNs, nowNs);
  }

  private static PointData point(
      ExponentialBuckets shown, Attributes attributes, long startNs, long nowNs) {
    return shown.count() == 0
        ? null
        : ExponentialHistogramPointData.create(
            shown.scale(),
            shown.sumNs() / 1e9,
            shown.zeros(),
            false,
            0,
            false,
            0,
            ExponentialHistogramBuckets.create(shown.scale(), shown.first(), shown.counts()),
            ExponentialHistogramBuckets.create(shown.scale(), 0, List.of()),
            startNs,
            nowNs,
            attributes,
            List.of());
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
  }
}
