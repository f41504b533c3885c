// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.tcpotel.telemetry.Signal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code OTEL_*} variables and {@code otel.*} properties that concern this program, checked by
 * {@link OtelSettings}, as the SDK's exporters ask for them. An empty value is none.
 */
final class OtelProperties implements ConfigProperties {
  static final String EXPORTER = "otel.exporter.otlp.";
  static final String INTERVAL = "otel.metric.export.interval";
  static final String CARDINALITY_LIMIT = "otel.java.metrics.cardinality.limit";
  static final String EXEMPLAR_FILTER = "otel.metrics.exemplar.filter";
  static final String SERVICE_NAME = "otel.service.name";
  static final String RESOURCE_ATTRIBUTES = "otel.resource.attributes";
  static final String DISABLED = "otel.sdk.disabled";

  private static final Set<String> OTHERS =
      Set.of(
          INTERVAL,
          CARDINALITY_LIMIT,
          EXEMPLAR_FILTER,
          SERVICE_NAME,
          RESOURCE_ATTRIBUTES,
          DISABLED,
          "otel.logs.exporter",
          "otel.metrics.exporter",
          "otel.traces.exporter");

  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})\\s*(ms|s|m|h|d|)");

  /** Their values are words, which the specification takes in any case, and the SDK does not. */
  private static final Pattern OF_WORDS =
      Pattern.compile(".*\\.(exporter|protocol|compression|preference|aggregation|filter)");

  /** The exporters see nothing of them: the SDK takes fewer hosts, and fewer forms of a key. */
  private static final Pattern OF_THE_CHANNEL =
      Pattern.compile(".*\\.(endpoint|certificate|client\\.key)");

  private final Map<String, String> values = new HashMap<>();
  private final GrpcSenderProvider senders;

  /**
   * Reads system properties and the environment.
   *
   * @param options win over these; null unsets one
   * @param file loses against them
   * @param senders of the exporters
   */
  OtelProperties(
      Map<String, String> options, Map<String, String> file, GrpcSenderProvider senders) {
    this.senders = senders;
    file.forEach(this::put);
    System.getenv().forEach((name, value) -> put(property(name), value));
    System.getProperties()
        .stringPropertyNames()
        .forEach(name -> put(name, System.getProperty(name)));
    options.forEach(
        (name, value) -> {
          values.remove(name);
          put(name, value);
        });
  }

  private void put(String name, String value) {
    boolean concerns = name.startsWith(EXPORTER) || OTHERS.contains(name);
    if (concerns && value != null && !value.isBlank()) {
      String text = value.strip();
      values.put(name, OF_WORDS.matcher(name).matches() ? text.toLowerCase(Locale.ROOT) : text);
    }
  }

  private static String property(String variable) {
    return variable.startsWith("OTEL_") ? variable.toLowerCase(Locale.ROOT).replace('_', '.') : "";
  }

  /** The environment variable of a property. */
  static String variable(String property) {
    return property.toUpperCase(Locale.ROOT).replace('.', '_');
  }

  /** The property that switches a signal off. */
  static String exporter(Signal signal) {
    return "otel." + signal.value() + ".exporter";
  }

  /** The property that holds for {@code signal}: its own one if that is set, else that of all. */
  String used(Signal signal, String name) {
    String own = EXPORTER + signal.value() + "." + name;
    return values.containsKey(own) ? own : EXPORTER + name;
  }

  /** Null if it is not set. */
  String value(String name) {
    return values.get(name);
  }

  /** For the exporters. */
  @Override
  public String getString(String name) {
    return OF_THE_CHANNEL.matcher(name).matches() ? null : values.get(name);
  }

  @Override
  public Boolean getBoolean(String name) {
    return values.containsKey(name) ? Boolean.valueOf(values.get(name)) : null;
  }

  @Override
  public Integer getInt(String name) {
    return values.containsKey(name) ? Integer.valueOf(values.get(name)) : null;
  }

  @Override
  public Long getLong(String name) {
    return values.containsKey(name) ? Long.valueOf(values.get(name)) : null;
  }

  @Override
  public Double getDouble(String name) {
    return values.containsKey(name) ? Double.valueOf(values.get(name)) : null;
  }

  @Override
  public Duration getDuration(String name) {
    return values.containsKey(name) ? duration(values.get(name)) : null;
  }

  /** Null if {@code text} is none. Without a unit it counts milliseconds. */
  static Duration duration(String text) {
    Matcher form = DURATION.matcher(text);
    if (!form.matches()) {
      return null;
    }
    long amount = Long.parseLong(form.group(1));
    return switch (form.group(2)) {
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      case "d" -> Duration.ofDays(amount);
      default -> Duration.ofMillis(amount);
    };
  }

  @Override
  public List<String> getList(String name) {
    return values.containsKey(name) ? List.of(values.get(name).split(",")) : List.of();
  }

  /** The headers, in the only form that the exporters decode to what was meant: that of HTML. */
  @Override
  public Map<String, String> getMap(String name) {
    Map<String, String> encoded = new HashMap<>();
    if (values.containsKey(name)) {
      OtlpHeaders.parse(variable(name), values.get(name))
          .forEach(
              (key, value) -> encoded.put(key, URLEncoder.encode(value, StandardCharsets.UTF_8)));
    }
    return encoded;
  }

  /** The class path's components, but our own sender. */
  @Override
  public ComponentLoader getComponentLoader() {
    ComponentLoader classPath =
        ComponentLoader.forClassLoader(OtelProperties.class.getClassLoader());
    return new ComponentLoader() {
      @Override
      public <T> Iterable<T> load(Class<T> type) {
        return type == GrpcSenderProvider.class
            ? List.of(type.cast(senders))
            : classPath.load(type);
      }
    };
  }
}
