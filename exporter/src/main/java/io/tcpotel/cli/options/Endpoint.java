// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;

/** A collector's address as an option's value. */
final class Endpoint {
  private static final String REMEDY =
      "write http://HOST:4317 or, for TLS, https://HOST:4317; write an IPv6 address in brackets";

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
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw Failure.usage(CollectorOptions.ENDPOINT, "'" + text + "' is not a URL", REMEDY);
    }
    boolean known = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    boolean bare =
        ("".equals(uri.getPath()) || "/".equals(uri.getPath()))
            && uri.getQuery() == null
            && uri.getFragment() == null;
    if (!known
        || uri.getHost() == null
        || uri.getUserInfo() != null
        || !bare
        || uri.getPort() > 65535) {
      throw Failure.usage(
          CollectorOptions.ENDPOINT, "'" + text + "' is not a collector's address", REMEDY);
    }
    return url;
  }
}
