// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.autoconfigure.spi.logs.ConfigurableLogRecordExporterProvider;
import io.opentelemetry.sdk.autoconfigure.spi.metrics.ConfigurableMetricExporterProvider;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.tcpotel.Failure;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.function.Supplier;

/**
 * The SDK's OTLP exporters, for what they make of the configuration: endpoint, headers, TLS. Each
 * takes its sender from the configuration's {@link
 * io.opentelemetry.sdk.common.export.GrpcSenderProvider}.
 */
final class OtlpExporters {
  private static final String NAME = "otlp";

  private OtlpExporters() {}

  static LogRecordExporter logs(ConfigProperties properties) {
    for (ConfigurableLogRecordExporterProvider provider :
        ServiceLoader.load(ConfigurableLogRecordExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return explained(() -> provider.createExporter(properties));
      }
    }
    throw new IllegalStateException("no exporter of logs on the class path");
  }

  static MetricExporter metrics(ConfigProperties properties) {
    for (ConfigurableMetricExporterProvider provider :
        ServiceLoader.load(ConfigurableMetricExporterProvider.class)) {
      if (NAME.equals(provider.getName())) {
        return explained(() -> provider.createExporter(properties));
      }
    }
    throw new IllegalStateException("no exporter of metrics on the class path");
  }

  private static <T> T explained(Supplier<T> exporter) {
    try {
      return exporter.get();
    } catch (ConfigurationException | IllegalArgumentException | IllegalStateException e) {
      throw failure(e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  /** The SDK cites a property that it cannot read; of the headers that would be a secret. */
  private static Failure failure(String reason) {
    String lower = reason.toLowerCase(Locale.ROOT);
    if (lower.contains("headers")) {
      return Failure.usage(
          "collector's headers",
          "malformed",
          "write NAME=VALUE,NAME=VALUE into OTEL_EXPORTER_OTLP_HEADERS, percent-encoded");
    }
    if (lower.contains("certificate") || lower.contains("x509") || lower.contains("private key")) {
      return Failure.usage(
          "collector's TLS",
          reason,
          "name readable PEM files in OTEL_EXPORTER_OTLP_CERTIFICATE, _CLIENT_CERTIFICATE, _CLIENT_KEY");
    }
    return Failure.usage(
        "collector's endpoint",
        reason,
        "write http://HOST:4317 or, for TLS, https://HOST:4317 (--endpoint or OTEL_EXPORTER_OTLP_ENDPOINT)");
  }
}
