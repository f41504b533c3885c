// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of every command that speaks with the collector. */
public final class CollectorOptions {
  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description =
          "The collector: http://HOST:4317, or https:// for TLS (default:"
              + " OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4317).")
  private String endpoint;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Options of 'tcpotel run' and otel.* properties, one a line.")
  private Path config;

  /** What they say to OpenTelemetry's own configuration. */
  public Map<String, String> otel() {
    return endpoint == null ? Map.of() : Endpoint.properties(endpoint);
  }
}
