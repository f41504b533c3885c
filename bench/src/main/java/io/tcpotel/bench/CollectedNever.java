// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;

/** A reader that reads nothing: without any, the SDK's instruments do nothing. */
final class CollectedNever implements MetricReader {
  private CollectedNever() {}

  static SdkMeterProvider provider() {
    return SdkMeterProvider.builder().registerMetricReader(new CollectedNever()).build();
  }

  @Override
  public void register(CollectionRegistration registration) {}

  @Override
  public CompletableResultCode forceFlush() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return AggregationTemporality.CUMULATIVE;
  }
}
