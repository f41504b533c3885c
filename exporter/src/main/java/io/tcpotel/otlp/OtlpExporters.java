// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.logs.ConfigurableLogRecordExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.metrics.ConfigurableMetricExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.traces.ConfigurableSpanExporterProvider;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.ServiceLoader;

/**
 * The SDK's OTLP exporters, which read the configuration: headers, timeout, temporality. Each takes
 * its sender from the configuration's {@link
 * io.opentelemetry.sdk.common.export.GrpcSenderProvider}.
 */
public final class OtlpExporters {
  private static final String NAME = "otlp";

  private OtlpExporters() {}

  public static LogRecordExporter logs(ConfigProperties properties) {
    for (ConfigurableLogRecordExporterProvider provider :
        ServiceLoader.load(ConfigurableLogRecordExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return provider.createExporter(properties);
      }
    }
    throw new IllegalStateException("no exporter of logs on the class path");
  }

  /** Of spans. */
  public static SpanExporter traces(ConfigProperties properties) {
    for (ConfigurableSpanExporterProvider provider :
        ServiceLoader.load(ConfigurableSpanExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return provider.createExporter(properties);
      }
    }
    throw new IllegalStateException("no exporter of spans on the class path");
  }

  static MetricExporter metrics(ConfigProperties properties) {
    for (ConfigurableMetricExporterProvider provider :
        ServiceLoader.load(ConfigurableMetricExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return provider.createExporter(properties);
      }
    }
    throw new IllegalStateException("no exporter of metrics on the class path");
  }
}
