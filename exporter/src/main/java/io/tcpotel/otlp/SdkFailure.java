// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.tcpotel.Failure;
import io.tcpotel.telemetry.Signal;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names the variable of a value that the SDK refuses. The SDK ends at the first such value, and not
 * all of its messages name the property.
 */
final class SdkFailure {
  private static final String EXPORTER = "otel.exporter.otlp.";
  private static final Pattern PROPERTY = Pattern.compile("otel(\\.[a-z]+)+");

  private static final String PEM = "name a readable PEM file";

  /**
   * A property of the exporters.
   *
   * @param word in the SDK's message, in lower case
   */
  private record Property(String word, String name, String remedy) {}

  /** The first of which the word occurs is meant. */
  private static final List<Property> PROPERTIES =
      List.of(
          new Property("headers", "headers", "write NAME=VALUE,NAME=VALUE, percent-encoded"),
          new Property("compression", "compression", "write gzip or none"),
          new Property(
              "temporality", "temporality.preference", "write cumulative, delta or lowmemory"),
          new Property(
              "histogram",
              "default.histogram.aggregation",
              "write explicit_bucket_histogram or base2_exponential_bucket_histogram"),
          new Property("client key", "client.key", PEM),
          new Property("certificate", "certificate", PEM),
          new Property("x509", "certificate", PEM),
          new Property("private key", "client.key", PEM),
          new Property(
              "endpoint", "endpoint", "write http://HOST:4317 or, for TLS, https://HOST:4317"));

  private static final String OTHER_REMEDY =
      "see https://opentelemetry.io/docs/specs/otel/protocol/exporter";

  private SdkFailure() {}

  /** Of the configuration as a whole. */
  static Failure of(RuntimeException refusal) {
    return of(refusal, name -> null, "");
  }

  /** Of the exporter of {@code signal}, which was made from {@code properties}. */
  static Failure of(RuntimeException refusal, ConfigProperties properties, Signal signal) {
    return of(refusal, properties::getString, signal.value() + ".");
  }

  private interface Values {
    String of(String property);
  }

  private static Failure of(RuntimeException refusal, Values values, String signal) {
    String reason = refusal.getMessage() == null ? refusal.toString() : refusal.getMessage();
    Matcher named = PROPERTY.matcher(reason);
    String name = named.find() ? named.group() : "";
    String lower = name.isEmpty() ? reason.toLowerCase(Locale.ROOT) : name;
    for (Property property : PROPERTIES) {
      if (lower.contains(property.word())) {
        String own = EXPORTER + signal + property.name();
        String used = values.of(own) == null ? EXPORTER + property.name() : own;
        return failure(name.isEmpty() ? used : name, reason, property.remedy());
      }
    }
    return name.isEmpty()
        ? Failure.usage(OtelSettings.STEP, reason, OTHER_REMEDY)
        : failure(name, reason, OTHER_REMEDY);
  }

  /** Headers are secret, and the SDK's message cites their value. */
  private static Failure failure(String property, String reason, String remedy) {
    String cited = property.endsWith("headers") ? "malformed" : reason;
    return Failure.usage(OtelSettings.variable(property), cited, remedy);
  }
}
