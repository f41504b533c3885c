// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Failure;
import io.tcpotel.telemetry.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * OpenTelemetry's own configuration, read by its autoconfigure module: {@code OTEL_*} variables and
 * {@code otel.*} properties. The program's options win over the environment, the environment over a
 * file.
 */
public final class OtelSettings {
  static final String STEP = "OpenTelemetry configuration";

  private static final Set<Signal> SIGNALS = Set.of(Signal.LOGS, Signal.METRICS);
  private static final String INTERVAL = "otel.metric.export.interval";
  private static final String CARDINALITY_LIMIT = "otel.java.metrics.cardinality.limit";
  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(60);
  private static final List<String> DURATIONS =
      List.of(
          "otel.exporter.otlp.timeout",
          "otel.exporter.otlp.logs.timeout",
          "otel.exporter.otlp.metrics.timeout",
          INTERVAL);

  private final String source;
  private final List<Failure> problems = new ArrayList<>();
  private final Set<Signal> switchedOff = EnumSet.noneOf(Signal.class);
  private ConfigProperties properties;
  private Resource resource;

  private OtelSettings(String source) {
    this.source = source;
  }

  /**
   * Reads the configuration.
   *
   * @param options {@code otel.*} properties that win over the environment; null unsets one
   * @param file {@code otel.*} properties that lose against it
   * @param source see {@link AgentResource#of}
   */
  public static OtelSettings read(
      Map<String, String> options,
      Map<String, String> file,
      String source,
      GrpcSenderProvider senders) {
    OtelSettings settings = new OtelSettings(source);
    try {
      AutoConfiguredOpenTelemetrySdk.builder()
          .disableShutdownHook()
          .setComponentLoader(new Components(senders))
          .addPropertiesSupplier(() -> file)
          .addPropertiesCustomizer(environment -> settings.override(environment, options))
          .addResourceCustomizer(settings::keep)
          .build()
          .getOpenTelemetrySdk()
          .close();
    } catch (ConfigurationException | IllegalArgumentException e) {
      if (settings.problems.isEmpty()) {
        throw SdkFailure.of(e);
      }
    }
    settings.requireNoProblem();
    return settings;
  }

  private Map<String, String> override(ConfigProperties environment, Map<String, String> options) {
    Map<String, String> overrides = new HashMap<>(options);
    for (Signal signal : SIGNALS) {
      String name = "otel." + signal.value() + ".exporter";
      String exporter = wanted(environment, options, name, "otlp");
      if ("none".equals(exporter)) {
        switchedOff.add(signal);
      } else if (!"otlp".equals(exporter)) {
        refuse(name + "=" + exporter + ": only otlp and none are supported");
      }
      checkProtocol(environment, options, "otel.exporter.otlp." + signal.value() + ".protocol");
      // This program makes the exporters, without the SDK's processors.
      overrides.put(name, "none");
    }
    checkProtocol(environment, options, "otel.exporter.otlp.protocol");
    if (Boolean.parseBoolean(wanted(environment, options, "otel.sdk.disabled", "false"))) {
      refuse("otel.sdk.disabled=true: nothing would be exported; use 'tcpotel tail'");
    }
    overrides.put("otel.traces.exporter", "none");
    for (String property : DURATIONS) {
      checkDuration(environment, options, property);
    }
    checkCardinalityLimit(environment, options);
    return overrides;
  }

  /** The SDK takes a duration of 0, with which each request would fail. */
  private void checkDuration(
      ConfigProperties environment, Map<String, String> options, String property) {
    if (options.containsKey(property) || environment.getString(property) == null) {
      return;
    }
    try {
      if (environment.getDuration(property).toMillis() > 0) {
        return;
      }
    } catch (ConfigurationException e) {
      // reported below in fewer words
    }
    problems.add(
        Failure.usage(
            variable(property),
            "'" + environment.getString(property) + "' is no duration",
            "write a number of milliseconds, as 10000, or 10s"));
  }

  private void checkCardinalityLimit(ConfigProperties environment, Map<String, String> options) {
    String value = wanted(environment, options, CARDINALITY_LIMIT, "1");
    if (!value.matches("0*[1-9][0-9]{0,8}")) {
      problems.add(
          Failure.usage(
              variable(CARDINALITY_LIMIT), "'" + value + "' is no limit", "write a number from 1"));
    }
  }

  /** The environment variable of a property. */
  static String variable(String property) {
    return property.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  private void refuse(String reason) {
    problems.add(Failure.usage(STEP, reason, "set the variable of that name (OTEL_...)"));
  }

  private static String wanted(
      ConfigProperties environment, Map<String, String> options, String name, String fallback) {
    String value = options.containsKey(name) ? options.get(name) : environment.getString(name);
    return value == null ? fallback : value;
  }

  private void checkProtocol(
      ConfigProperties environment, Map<String, String> options, String name) {
    String protocol = wanted(environment, options, name, "grpc");
    if (!"grpc".equals(protocol)) {
      refuse(name + "=" + protocol + ": only grpc is supported (port 4317 of a collector)");
    }
  }

  private Resource keep(Resource configured, ConfigProperties all) {
    this.properties = all;
    this.resource =
        AgentResource.of(configured, all.getMap("otel.resource.attributes").keySet(), source);
    return configured;
  }

  private void requireNoProblem() {
    if (!problems.isEmpty()) {
      throw Failure.all(problems);
    }
  }

  public ConfigProperties properties() {
    return properties;
  }

  public Resource resource() {
    return resource;
  }

  Duration metricInterval() {
    return properties.getDuration(INTERVAL, DEFAULT_INTERVAL);
  }

  /** Series per instrument. */
  int cardinalityLimit(int fallback) {
    return properties.getInt(CARDINALITY_LIMIT, fallback);
  }

  boolean isOn(Signal signal) {
    return !switchedOff.contains(signal);
  }

  /** The class path's components, but our own sender. */
  private record Components(GrpcSenderProvider senders) implements ComponentLoader {
    private static final ComponentLoader CLASS_PATH =
        ComponentLoader.forClassLoader(OtelSettings.class.getClassLoader());

    @Override
    public <T> Iterable<T> load(Class<T> type) {
      return type == GrpcSenderProvider.class ? List.of(type.cast(senders)) : CLASS_PATH.load(type);
    }
  }
}
