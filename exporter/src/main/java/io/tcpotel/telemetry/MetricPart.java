// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.resources.Resource;

/** Other data points under the name of a metric, or some of its own. */
public record MetricPart(MetricData whole, Data<?> data) implements MetricData {
  @Override
  public Resource getResource() {
    return whole.getResource();
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return whole.getInstrumentationScopeInfo();
  }

  @Override
  public String getName() {
    return whole.getName();
  }

  @Override
  public String getDescription() {
    return whole.getDescription();
  }

  @Override
  public String getUnit() {
    return whole.getUnit();
  }

  @Override
  public MetricDataType getType() {
    return whole.getType();
  }

  @Override
  public Data<?> getData() {
    return data;
  }
}
