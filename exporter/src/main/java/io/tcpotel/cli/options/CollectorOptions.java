// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of every command that connects to the collector. */
public final class CollectorOptions {
  public static final String ENDPOINT = "--endpoint";

  @Option(
      names = ENDPOINT,
      paramLabel = "URL",
      description =
          "The collector: http://HOST:4317, or https:// for TLS (default:"
              + " OTEL_EXPORTER_OTLP_ENDPOINT, else http://localhost:4317).")
  private String endpoint;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Options of 'tcpotel run' and otel.* properties, one per line.")
  private Path config;

  /** The properties of OpenTelemetry's own configuration that they set. */
  public Map<String, String> otel() {
    return endpoint == null ? Map.of() : Endpoint.properties(endpoint);
  }
}
