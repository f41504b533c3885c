// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.telemetry.Signal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * OpenTelemetry's own configuration: {@code OTEL_*} variables and {@code otel.*} properties, all of
 * them checked. The program's options win over the environment, the environment over a file. What
 * does not concern this program, as samplers and propagators, is not read, nor are the exporters
 * and the {@code OTEL_EXPORTER_OTLP_*} of a signal that is not sent.
 */
public final class OtelSettings {
  private static final String DEFAULT_ENDPOINT = "http://localhost:4317";
  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(60);
  private static final String ALWAYS_OFF = "always_off";
  private static final String METRICS = OtelProperties.EXPORTER + "metrics.";

  /** Of properties with few values: those that are supported. */
  private static final Map<String, List<String>> CHOICES =
      new TreeMap<>(
          Map.of(
              OtelProperties.EXEMPLAR_FILTER,
              List.of("trace_based", "always_on", ALWAYS_OFF),
              METRICS + "temporality.preference",
              List.of("cumulative", "delta", "lowmemory"),
              METRICS + "default.histogram.aggregation",
              List.of("explicit_bucket_histogram", "base2_exponential_bucket_histogram")));

  private static final List<String> EXPORTERS = List.of("otlp", "none");

  private static final Map<String, List<String>> CHOICES_OF_A_SIGNAL =
      Map.of("protocol", List.of("grpc"), "compression", List.of("gzip", "none"));

  private final List<Failure> problems = new ArrayList<>();
  private final Set<Signal> signals;
  private final Map<Signal, CollectorTarget> targets = new EnumMap<>(Signal.class);
  private final OtelProperties properties;
  private final Map<String, String> namedAttributes;
  private final Resource resource;

  private OtelSettings(OtelProperties properties, String source, Set<Signal> wanted) {
    this.properties = properties;
    this.signals = EnumSet.copyOf(wanted);
    signals.forEach(signal -> checkChoice(OtelProperties.exporter(signal), EXPORTERS));
    CHOICES.forEach(this::checkChoice);
    CHOICES_OF_A_SIGNAL.forEach(
        (name, choices) -> used(name).forEach(property -> checkChoice(property, choices)));
    used("timeout").forEach(this::checkDuration);
    checkDuration(OtelProperties.INTERVAL);
    checkCardinalityLimit();
    if (Boolean.TRUE.equals(properties.getBoolean(OtelProperties.DISABLED))) {
      refuse(
          OtelProperties.DISABLED, "nothing would be exported", "unset it, or use 'tcpotel tail'");
    }
    used("headers").forEach(property -> read(() -> properties.getMap(property)));
    readTargets();
    signals.removeIf(signal -> "none".equals(properties.value(OtelProperties.exporter(signal))));
    namedAttributes = read(this::readNamedAttributes);
    resource = namedAttributes == null ? null : AgentResource.of(namedAttributes, source);
  }

  /**
   * Reads the configuration.
   *
   * @param options {@code otel.*} properties that win over the environment; null unsets one
   * @param file {@code otel.*} properties that lose against it
   * @param source see {@link AgentResource#of}
   * @param wanted signals
   * @param senders of the exporters to come
   */
  public static OtelSettings read(
      Map<String, String> options,
      Map<String, String> file,
      String source,
      Set<Signal> wanted,
      GrpcSenderProvider senders) {
    OtelProperties properties = new OtelProperties(options, file, senders);
    OtelSettings settings = new OtelSettings(properties, source, wanted);
    if (!settings.problems.isEmpty()) {
      throw Failure.all(settings.problems);
    }
    return settings;
  }

  /** The properties that hold for a signal, each once. */
  private Set<String> used(String name) {
    Set<String> used = new TreeSet<>();
    signals.forEach(signal -> used.add(properties.used(signal, name)));
    return used;
  }

  /** Null if it fails: then the problem is kept. */
  private <T> T read(Supplier<T> part) {
    try {
      return part.get();
    } catch (Failure failure) {
      problems.add(failure);
      return null;
    }
  }

  private void refuse(String property, String reason, String remedy) {
    problems.add(Failure.usage(OtelProperties.variable(property), reason, remedy));
  }

  private String cited(String property) {
    return "'" + ForeignText.of(properties.value(property)) + "'";
  }

  private void checkChoice(String property, List<String> choices) {
    String value = properties.value(property);
    if (value != null && !choices.contains(value)) {
      String grpc = choices.contains("grpc") ? ", port 4317 of a collector" : "";
      refuse(
          property,
          cited(property) + " is not supported",
          "write " + String.join(" or ", choices) + grpc);
    }
  }

  /** Not 0 either, with which each request would fail. */
  private void checkDuration(String property) {
    String value = properties.value(property);
    Duration duration = value == null ? null : OtelProperties.duration(value);
    boolean isSound =
        duration != null && !duration.isZero() && duration.toMillis() <= Integer.MAX_VALUE;
    if (value != null && !isSound) {
      refuse(
          property,
          cited(property) + " is no duration from 1 ms to 24 days",
          "write a number of milliseconds, as 10000, or 10s");
    }
  }

  private void checkCardinalityLimit() {
    String value = properties.value(OtelProperties.CARDINALITY_LIMIT);
    if (value != null && !value.matches("0*[1-9][0-9]{0,8}")) {
      String cited = cited(OtelProperties.CARDINALITY_LIMIT);
      refuse(OtelProperties.CARDINALITY_LIMIT, cited + " is no limit", "write a number from 1");
    }
  }

  private void readTargets() {
    Map<String, CollectorAddress> addresses = new TreeMap<>();
    for (String property : used("endpoint")) {
      addresses.put(property, read(() -> address(property)));
    }
    Set<TlsFiles> checked = new HashSet<>();
    for (Signal signal : signals) {
      TlsFiles tls =
          new TlsFiles(
              file(signal, "certificate"),
              file(signal, "client.key"),
              file(signal, "client.certificate"));
      if (checked.add(tls)) {
        read(tls::context);
      }
      boolean headers = properties.value(properties.used(signal, "headers")) != null;
      CollectorAddress address = addresses.get(properties.used(signal, "endpoint"));
      targets.put(signal, new CollectorTarget(address, tls, headers));
    }
  }

  private CollectorAddress address(String property) {
    String url = properties.value(property);
    try {
      return CollectorAddress.parse(url == null ? DEFAULT_ENDPOINT : url);
    } catch (IllegalArgumentException e) {
      throw Failure.usage(
          OtelProperties.variable(property),
          "'" + ForeignText.of(url) + "' " + e.getMessage(),
          CollectorAddress.REMEDY);
    }
  }

  private PemFile file(Signal signal, String name) {
    String property = properties.used(signal, name);
    String path = properties.value(property);
    return path == null ? null : new PemFile(OtelProperties.variable(property), path);
  }

  private Map<String, String> readNamedAttributes() {
    String attributes = properties.getString(OtelProperties.RESOURCE_ATTRIBUTES, "");
    Map<String, String> named =
        PercentText.pairs(OtelProperties.variable(OtelProperties.RESOURCE_ATTRIBUTES), attributes);
    named.values().removeIf(String::isEmpty);
    String service = properties.value(OtelProperties.SERVICE_NAME);
    if (service != null) {
      named.put("service.name", service);
    }
    return named;
  }

  /** For the SDK's exporters. */
  public ConfigProperties properties() {
    return properties;
  }

  /** Of the agent itself. */
  public Resource resource() {
    return resource;
  }

  WorkloadResources workloadResources() {
    return new WorkloadResources(resource, namedAttributes);
  }

  /** Where {@code signal} goes. */
  CollectorTarget target(Signal signal) {
    return targets.get(signal);
  }

  Duration metricInterval() {
    return properties.getDuration(OtelProperties.INTERVAL, DEFAULT_INTERVAL);
  }

  /** Series per instrument. */
  int cardinalityLimit(int fallback) {
    return properties.getInt(OtelProperties.CARDINALITY_LIMIT, fallback);
  }

  /** Which of them is the same for all other values: the choice is not the SDK's. */
  boolean hasExemplars() {
    return !ALWAYS_OFF.equals(properties.value(OtelProperties.EXEMPLAR_FILTER));
  }

  /** The wanted ones that the configuration leaves on. */
  Set<Signal> signals() {
    return Set.copyOf(signals);
  }
}
