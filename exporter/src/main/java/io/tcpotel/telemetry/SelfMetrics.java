// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounterBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import io.tcpotel.Release;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes the instruments of {@link SelfInstrument}. Counters are read when metrics are collected,
 * from the counts that the program keeps anyway, so that they cost nothing in between.
 */
public final class SelfMetrics {
  private final Meter meter;

  public SelfMetrics(MeterProvider provider) {
    this.meter =
        provider
            .meterBuilder(Scope.SELF)
            .setInstrumentationVersion(Release.VERSION)
            .setSchemaUrl(Scope.SCHEMA_URL)
            .build();
  }

  /** A counter or up-down counter of whole numbers. */
  public void observe(SelfInstrument instrument, Consumer<ObservableLongMeasurement> values) {
    switch (instrument.kind()) {
      case COUNTER -> counter(instrument).buildWithCallback(values);
      case UP_DOWN_COUNTER ->
          meter
              .upDownCounterBuilder(instrument.key())
              .setUnit(instrument.unit())
              .setDescription(instrument.description())
              .buildWithCallback(values);
      default -> throw new IllegalArgumentException(instrument.key());
    }
  }

  /** Counters of whole numbers that {@code reading} fills together, once for each collection. */
  public void observeTogether(
      Set<SelfInstrument> counters,
      Consumer<Function<SelfInstrument, ObservableLongMeasurement>> reading) {
    Map<SelfInstrument, ObservableLongMeasurement> observers = new EnumMap<>(SelfInstrument.class);
    counters.forEach(each -> observers.put(each, counter(each).buildObserver()));
    ObservableMeasurement[] all = observers.values().toArray(ObservableMeasurement[]::new);
    meter.batchCallback(
        () -> reading.accept(observers::get), all[0], Arrays.copyOfRange(all, 1, all.length));
  }

  /** A counter or gauge of fractions. */
  public void observeFraction(
      SelfInstrument instrument, Consumer<ObservableDoubleMeasurement> values) {
    switch (instrument.kind()) {
      case COUNTER -> counter(instrument).ofDoubles().buildWithCallback(values);
      case GAUGE ->
          meter
              .gaugeBuilder(instrument.key())
              .setUnit(instrument.unit())
              .setDescription(instrument.description())
              .buildWithCallback(values);
      default -> throw new IllegalArgumentException(instrument.key());
    }
  }

  public DoubleHistogram histogram(SelfInstrument instrument) {
    return meter
        .histogramBuilder(instrument.key())
        .setUnit(instrument.unit())
        .setDescription(instrument.description())
        .setExplicitBucketBoundariesAdvice(instrument.boundaries())
        .build();
  }

  private LongCounterBuilder counter(SelfInstrument instrument) {
    return meter
        .counterBuilder(instrument.key())
        .setUnit(instrument.unit())
        .setDescription(instrument.description());
  }
}
