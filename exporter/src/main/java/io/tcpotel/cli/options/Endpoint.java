// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.otlp.CollectorAddress;
import java.util.Map;

/** A collector's address as an option's value. */
final class Endpoint {
  private Endpoint() {}

  /** The properties of OpenTelemetry's own configuration for the address {@code text}. */
  static Map<String, String> properties(String text) {
    String url = parse(text);
    // The endpoint of a single signal would win over the general one.
    return Map.of(
        "otel.exporter.otlp.endpoint", url,
        "otel.exporter.otlp.logs.endpoint", url,
        "otel.exporter.otlp.metrics.endpoint", url);
  }

  /** {@code text} as a URL with scheme and host; HOST:PORT alone means http://HOST:PORT. */
  static String parse(String text) {
    String url = text.contains("://") ? text : "http://" + text;
    try {
      CollectorAddress.parse(url);
      return url;
    } catch (IllegalArgumentException e) {
      String cited = text.contains("@") ? url : text; // as a URL, it is known to hold a secret
      throw Failure.usage(
          CollectorOptions.ENDPOINT,
          "'" + ForeignText.of(cited) + "' " + e.getMessage(),
          CollectorAddress.REMEDY);
    }
  }
}
