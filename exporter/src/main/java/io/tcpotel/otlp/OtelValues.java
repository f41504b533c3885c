// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.tcpotel.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds every wrong value of OpenTelemetry's configuration, where the SDK ends at the first: by
 * showing its exporters one value at a time.
 */
final class OtelValues {
  private static final String PREFIX = "otel.exporter.otlp.";
  private static final String URL = "write http://HOST:4317 or, for TLS, https://HOST:4317";
  private static final String HEADERS = "write NAME=VALUE,NAME=VALUE, percent-encoded";
  private static final String MILLISECONDS = "write a number of milliseconds, as 10000, or 10s";
  private static final String PEM = "name a readable PEM file";

  private final ConfigProperties environment;
  private final Set<String> decided;
  private final ComponentLoader components;
  private final List<Failure> problems = new ArrayList<>();

  private OtelValues(
      ConfigProperties environment, Set<String> decided, ComponentLoader components) {
    this.environment = environment;
    this.decided = decided;
    this.components = components;
  }

  /**
   * A failure for each wrong value.
   *
   * @param decided properties that the program's options have settled
   * @param components what the exporters are made of, but for their sender
   */
  static List<Failure> problems(
      ConfigProperties environment, Set<String> decided, ComponentLoader components) {
    OtelValues values = new OtelValues(environment, decided, components);
    values.checkExporters();
    values.checkOwn();
    return values.problems;
  }

  private void checkExporters() {
    for (String signal : List.of("", "logs.", "metrics.")) {
      checkExporter(signal, "endpoint", URL);
      checkExporter(signal, "headers", HEADERS);
      checkDuration(PREFIX + signal + "timeout");
      checkExporter(signal, "compression", "write gzip or none");
      checkExporter(signal, "certificate", PEM);
    }
    checkExporter("metrics.", "temporality.preference", "write cumulative, delta or lowmemory");
    checkExporter(
        "metrics.",
        "default.histogram.aggregation",
        "write explicit_bucket_histogram or base2_exponential_bucket_histogram");
  }

  private void checkExporter(String signal, String name, String remedy) {
    String property = PREFIX + signal + name;
    OnePropertyOf one = new OnePropertyOf(environment, property, components);
    check(
        property,
        remedy,
        () -> {
          if (signal.equals("metrics.")) {
            OtlpExporters.metrics(one);
          } else {
            OtlpExporters.logs(one);
          }
        });
  }

  private void checkOwn() {
    checkDuration("otel.metric.export.interval");
    String limit = "otel.java.metrics.cardinality.limit";
    check(limit, "write a number from 1", () -> requirePositive(environment.getInt(limit)));
    String attributes = "otel.resource.attributes";
    check(attributes, "write NAME=VALUE,NAME=VALUE", () -> environment.getMap(attributes));
  }

  private void checkDuration(String property) {
    check(property, MILLISECONDS, () -> requireDuration(property));
  }

  private void requireDuration(String property) {
    try {
      if (environment.getDuration(property).toMillis() > 0) {
        return;
      }
    } catch (ConfigurationException e) {
      // said below, without the SDK's own words, which name the property again
    }
    throw new ConfigurationException("'" + environment.getString(property) + "' is no duration");
  }

  private static void requirePositive(int limit) {
    if (limit < 1) {
      throw new ConfigurationException("less than 1");
    }
  }

  private void check(String property, String remedy, Runnable attempt) {
    if (decided.contains(property) || environment.getString(property) == null) {
      return;
    }
    try {
      attempt.run();
    } catch (Failure e) {
      problems.add(failure(property, e.reason(), remedy));
    } catch (ConfigurationException | IllegalArgumentException e) {
      problems.add(failure(property, e.getMessage(), remedy));
    }
  }

  /** The SDK cites what it cannot read; of the headers that would be a secret. */
  private static Failure failure(String property, String reason, String remedy) {
    String variable = property.toUpperCase(Locale.ROOT).replace('.', '_');
    return Failure.usage(variable, property.endsWith(".headers") ? "malformed" : reason, remedy);
  }
}
