// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** otel-config/registry as a reader of YAML finds it, and all that is sent held against it. */
public final class Registry {
  public static final Path FOLDER = Path.of("../otel-config/registry");

  private final List<String> defined = new ArrayList<>();
  private final Map<String, Set<String>> attributesOf = new HashMap<>();
  private final Map<String, String> unitOf = new HashMap<>();

  private Registry() {}

  public static Registry read() {
    Registry registry = new Registry();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(each -> each.toString().endsWith("s.yaml")).toList()) {
        registry.add((Map<?, ?>) parse(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return registry;
  }

  private static Object parse(Path file) throws IOException {
    return new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
  }

  private static List<Map<?, ?>> list(Map<?, ?> of, String key) {
    List<Map<?, ?>> list = new ArrayList<>();
    if (of.get(key) instanceof List<?> values) {
      values.forEach(value -> list.add((Map<?, ?>) value));
    }
    return list;
  }

  private void add(Map<?, ?> file) {
    for (Map<?, ?> group : list(file, "groups")) {
      Set<String> references = new HashSet<>();
      for (Map<?, ?> attribute : list(group, "attributes")) {
        if (attribute.get("id") instanceof String id) {
          defined.add(id);
        } else {
          references.add((String) attribute.get("ref"));
        }
      }
      attributesOf.put((String) group.get("id"), references);
      unitOf.put((String) group.get("id"), (String) group.get("unit"));
    }
    if (file.get("imports") instanceof Map<?, ?> imports
        && imports.get("metrics") instanceof List<?> names) {
      names.forEach(name -> unitOf.put("imported." + name, null));
    }
  }

  /** The attributes that it defines. */
  public List<String> defined() {
    return defined;
  }

  /** The attributes to which its metrics, events and spans refer. */
  public Set<String> references() {
    Set<String> all = new TreeSet<>();
    attributesOf.values().forEach(all::addAll);
    return all;
  }

  /** What is in log records and not in the registry. */
  List<String> strange(ExportLogsServiceRequest request) {
    return request.getResourceLogsList().stream()
        .flatMap(resource -> resource.getScopeLogsList().stream())
        .flatMap(scope -> scope.getLogRecordsList().stream())
        .flatMap(record -> strange(record).stream())
        .toList();
  }

  /** Likewise in metrics, of scopes of this program. */
  List<String> strange(ExportMetricsServiceRequest request) {
    return request.getResourceMetricsList().stream()
        .flatMap(resource -> resource.getScopeMetricsList().stream())
        .filter(scope -> scope.getScope().getName().startsWith("io.tcpotel."))
        .flatMap(scope -> scope.getMetricsList().stream())
        .flatMap(metric -> strange(metric).stream())
        .toList();
  }

  private List<String> strange(LogRecord record) {
    return strange("event." + record.getEventName(), record.getAttributesList());
  }

  /** Likewise in spans. */
  List<String> strange(ExportTraceServiceRequest request) {
    return request.getResourceSpansList().stream()
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream())
        .flatMap(span -> strange(span).stream())
        .toList();
  }

  private List<String> strange(Span span) {
    String kind = span.getKind().name().replace("SPAN_KIND_", "").toLowerCase(Locale.ROOT);
    return strange("span.tcpotel.connection." + kind, span.getAttributesList());
  }

  /** Of imported ones the name alone is known. */
  private List<String> strange(Metric metric) {
    if (unitOf.containsKey("imported." + metric.getName())) {
      return List.of();
    }
    String id = "metric." + metric.getName();
    List<String> strange = new ArrayList<>();
    if (attributesOf.containsKey(id) && !metric.getUnit().equals(unitOf.get(id))) {
      strange.add(id + " in " + metric.getUnit());
    }
    points(metric).forEach(attributes -> strange.addAll(strange(id, attributes)));
    return strange;
  }

  private static Stream<List<KeyValue>> points(Metric metric) {
    return Stream.of(
            metric.getSum().getDataPointsList().stream().map(point -> point.getAttributesList()),
            metric.getGauge().getDataPointsList().stream().map(point -> point.getAttributesList()),
            metric.getHistogram().getDataPointsList().stream()
                .map(point -> point.getAttributesList()),
            metric.getExponentialHistogram().getDataPointsList().stream()
                .map(point -> point.getAttributesList()))
        .flatMap(points -> points);
  }

  private List<String> strange(String id, List<KeyValue> attributes) {
    Set<String> known = attributesOf.get(id);
    if (known == null) {
      return List.of(id);
    }
    return attributes.stream()
        .map(KeyValue::getKey)
        .filter(key -> !known.contains(key))
        .map(key -> id + " has " + key)
        .toList();
  }
}
