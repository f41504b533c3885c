// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.tcpotel.telemetry.ExplicitDistribution.Boundaries;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;

/**
 * In which of OpenTelemetry's forms the metrics are shown.
 *
 * @param deltaCounters whether counters tell the difference to the last collection
 * @param deltaHistograms whether histograms do
 * @param exponential whether histograms have exponential buckets
 * @param byAddressPair whether attempts, duration and io tell pairs of addresses apart
 * @param seriesLimit of all series together, overflow excepted
 */
public record MetricModes(
    boolean deltaCounters,
    boolean deltaHistograms,
    boolean exponential,
    boolean byAddressPair,
    int seriesLimit) {
  /** Of all series together, and the SDK's own default for an instrument. */
  public static final int DEFAULT_LIMIT = 2000;

  /** The modes that the configuration gives {@code reader}. */
  public static MetricModes of(MetricReader reader, boolean byAddressPair, int seriesLimit) {
    return new MetricModes(
        isDelta(reader, InstrumentType.OBSERVABLE_COUNTER),
        isDelta(reader, InstrumentType.HISTOGRAM),
        Aggregation.base2ExponentialBucketHistogram()
            .equals(reader.getDefaultAggregation(InstrumentType.HISTOGRAM)),
        byAddressPair,
        seriesLimit);
  }

  /** Cumulative, with the instruments' boundaries. */
  public static MetricModes cumulative(boolean byAddressPair) {
    return new MetricModes(false, false, false, byAddressPair, DEFAULT_LIMIT);
  }

  private static boolean isDelta(MetricReader reader, InstrumentType type) {
    return reader.getAggregationTemporality(type) == AggregationTemporality.DELTA;
  }

  /** Makes the series of histograms. */
  Function<Instrument, Distribution> distributions() {
    if (exponential) {
      return instrument -> new ExponentialDistribution();
    }
    Map<Instrument, Boundaries> boundaries = new EnumMap<>(Instrument.class);
    for (Instrument instrument : Instrument.values()) {
      boundaries.put(instrument, Boundaries.of(instrument));
    }
    return instrument -> new ExplicitDistribution(boundaries.get(instrument));
  }

  int pairLimit() {
    return byAddressPair ? seriesLimit / 2 : 0;
  }

  /** Of a table by role and port; with pairs there are two. */
  int portLimit() {
    return byAddressPair ? seriesLimit / 4 : seriesLimit;
  }
}
