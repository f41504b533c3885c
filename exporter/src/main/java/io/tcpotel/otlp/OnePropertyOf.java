// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A configuration in which nothing is set but one property of another. */
record OnePropertyOf(ConfigProperties all, String property, ComponentLoader components)
    implements ConfigProperties {
  @Override
  public String getString(String name) {
    return name.equals(property) ? all.getString(name) : null;
  }

  @Override
  public Boolean getBoolean(String name) {
    return name.equals(property) ? all.getBoolean(name) : null;
  }

  @Override
  public Integer getInt(String name) {
    return name.equals(property) ? all.getInt(name) : null;
  }

  @Override
  public Long getLong(String name) {
    return name.equals(property) ? all.getLong(name) : null;
  }

  @Override
  public Double getDouble(String name) {
    return name.equals(property) ? all.getDouble(name) : null;
  }

  @Override
  public Duration getDuration(String name) {
    return name.equals(property) ? all.getDuration(name) : null;
  }

  @Override
  public List<String> getList(String name) {
    return name.equals(property) ? all.getList(name) : List.of();
  }

  @Override
  public Map<String, String> getMap(String name) {
    return name.equals(property) ? all.getMap(name) : Map.of();
  }

  @Override
  public ComponentLoader getComponentLoader() {
    return components;
  }
}
