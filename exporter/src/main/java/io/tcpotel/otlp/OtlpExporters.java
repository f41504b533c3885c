// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.autoconfigure.spi.logs.ConfigurableLogRecordExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.metrics.ConfigurableMetricExporterProvider;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.tcpotel.telemetry.Signal;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * The SDK's OTLP exporters, which read the configuration: endpoint, headers, TLS. Each takes its
 * sender from the configuration's {@link io.opentelemetry.sdk.common.export.GrpcSenderProvider}.
 */
public final class OtlpExporters {
  private static final String NAME = "otlp";

  private OtlpExporters() {}

  public static LogRecordExporter logs(ConfigProperties properties) {
    for (ConfigurableLogRecordExporterProvider provider :
        ServiceLoader.load(ConfigurableLogRecordExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return make(() -> provider.createExporter(properties), properties, Signal.LOGS);
      }
    }
    throw new IllegalStateException("no exporter of logs on the class path");
  }

  static MetricExporter metrics(ConfigProperties properties) {
    for (ConfigurableMetricExporterProvider provider :
        ServiceLoader.load(ConfigurableMetricExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return make(() -> provider.createExporter(properties), properties, Signal.METRICS);
      }
    }
    throw new IllegalStateException("no exporter of metrics on the class path");
  }

  private static <T> T make(Supplier<T> exporter, ConfigProperties properties, Signal signal) {
    try {
      return exporter.get();
    } catch (ConfigurationException | IllegalArgumentException | IllegalStateException e) {
      throw SdkFailure.of(e, properties, signal);
    }
  }
}
