// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.tcpotel.telemetry.ExplicitDistribution.Boundaries;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * In which of OpenTelemetry's forms the metrics are shown.
 *
 * @param deltaCounters whether counters tell the difference to the last collection
 * @param deltaHistograms whether histograms do
 * @param exponential whether histograms have exponential buckets
 * @param keys by which attributes series are told apart
 * @param seriesLimit of all series together, overflow excepted
 * @param exemplars the records whose exemplars have ids; null if there are no exemplars
 * @param zeroFirst whether a new cumulative series begins with a point of value 0
 */
public record MetricModes(
    boolean deltaCounters,
    boolean deltaHistograms,
    boolean exponential,
    MetricKeys keys,
    int seriesLimit,
    LogIds exemplars,
    boolean zeroFirst) {
  /** Of all series together, and the SDK's own default for an instrument. */
  public static final int DEFAULT_LIMIT = 2000;

  /** One part in this many of the heap is for series, histograms excepted. */
  private static final int SERIES_SHARE = 3;

  /** Of one with every error, its points in a collection included. */
  private static final int SERIES_BYTES = 10_416;

  /** One part in this many is for the series of histograms. */
  private static final int DISTRIBUTIONS_SHARE = 4;

  /** Of one of them, with its points in a collection; the instrument with the most buckets. */
  private static final int EXPONENTIAL_BYTES = 3900;

  private static final int EXPLICIT_BYTES = 1100;

  /** The modes that the configuration gives {@code reader}, null if nothing reads. */
  public static MetricModes of(
      MetricReader reader, MetricKeys keys, int seriesLimit, LogIds exemplars, boolean zeroFirst) {
    return new MetricModes(
        isDelta(reader, InstrumentType.OBSERVABLE_COUNTER),
        isDelta(reader, InstrumentType.HISTOGRAM),
        reader != null
            && Aggregation.base2ExponentialBucketHistogram()
                .equals(reader.getDefaultAggregation(InstrumentType.HISTOGRAM)),
        keys,
        seriesLimit,
        exemplars,
        zeroFirst);
  }

  /**
   * As many series as are wanted, or as the heap holds.
   *
   * @param heapBytes that the JVM may use
   */
  public static int seriesLimit(int wanted, long heapBytes) {
    return (int) Math.min(wanted, heapBytes / SERIES_SHARE / SERIES_BYTES);
  }

  /** Cumulative, with the instruments' boundaries. */
  public static MetricModes cumulative(MetricKeys keys) {
    return new MetricModes(false, false, false, keys, DEFAULT_LIMIT, LogIds.DEFAULT, false);
  }

  private static boolean isDelta(MetricReader reader, InstrumentType type) {
    return reader != null && reader.getAggregationTemporality(type) == AggregationTemporality.DELTA;
  }

  /**
   * Makes the series of histograms.
   *
   * @param heapBytes that the JVM may use
   */
  DistributionBudget distributions(long heapBytes, Exemplars exemplars) {
    long bytes = exponential ? EXPONENTIAL_BYTES : EXPLICIT_BYTES;
    int limit = (int) Math.min(Integer.MAX_VALUE, heapBytes / DISTRIBUTIONS_SHARE / bytes);
    Map<Instrument, Boundaries> boundaries = new EnumMap<>(Instrument.class);
    for (Instrument instrument : Instrument.values()) {
      boundaries.put(instrument, Boundaries.of(instrument));
    }
    BiFunction<Boundaries, Exemplars, Distribution> makes =
        exponential ? ExponentialDistribution::new : ExplicitDistribution::new;
    return new DistributionBudget(
        instrument -> makes.apply(boundaries.get(instrument), exemplars.of(instrument)), limit);
  }

  int addressLimit() {
    return keys.hasAddresses() ? seriesLimit / 2 : 0;
  }

  /** Of a table by role and port; with addresses there are two. */
  int portLimit() {
    return keys.hasAddresses() ? seriesLimit / 4 : seriesLimit;
  }
}
