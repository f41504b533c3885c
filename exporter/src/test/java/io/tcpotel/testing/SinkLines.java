// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** What {@code sink --output json} wrote, read with a JSON parser alone. */
public final class SinkLines {
  /** Of OTLP's AggregationTemporality. */
  private static final int DELTA = 1;

  /** Added to a metric: whose it is. */
  private static final String RESOURCE = "resource";

  private final List<JsonObject> logRecords = new ArrayList<>();
  private final Map<String, List<JsonObject>> metrics = new HashMap<>();

  public SinkLines(List<String> lines) {
    for (String line : lines) {
      JsonObject request = JsonParser.parseString(line).getAsJsonObject();
      for (JsonObject scope : nested(request, "resourceLogs", "scopeLogs")) {
        scope.getAsJsonArray("logRecords").forEach(log -> logRecords.add(log.getAsJsonObject()));
      }
      if (request.has("resourceMetrics")) {
        request.getAsJsonArray("resourceMetrics").forEach(each -> add(each.getAsJsonObject()));
      }
    }
  }

  private void add(JsonObject resourceMetrics) {
    for (JsonElement scope : resourceMetrics.getAsJsonArray("scopeMetrics")) {
      for (JsonElement each : scope.getAsJsonObject().getAsJsonArray("metrics")) {
        JsonObject metric = each.getAsJsonObject();
        metric.add(RESOURCE, resourceMetrics.get("resource"));
        metrics
            .computeIfAbsent(metric.get("name").getAsString(), name -> new ArrayList<>())
            .add(metric);
      }
    }
  }

  private static List<JsonObject> nested(JsonObject request, String outer, String inner) {
    List<JsonObject> found = new ArrayList<>();
    if (request.has(outer)) {
      for (JsonElement resource : request.getAsJsonArray(outer)) {
        resource
            .getAsJsonObject()
            .getAsJsonArray(inner)
            .forEach(s -> found.add(s.getAsJsonObject()));
      }
    }
    return found;
  }

  public List<JsonObject> logRecords() {
    return logRecords;
  }

  /** Of all metrics that came. */
  public Set<String> metricNames() {
    return metrics.keySet();
  }

  /** The value of an attribute as text; null if absent. */
  public static String attribute(JsonObject holder, String key) {
    if (holder.has("attributes")) {
      for (JsonElement attribute : holder.getAsJsonArray("attributes")) {
        JsonObject pair = attribute.getAsJsonObject();
        if (pair.get("key").getAsString().equals(key)) {
          JsonObject value = pair.getAsJsonObject("value");
          return value.get(value.keySet().iterator().next()).getAsString();
        }
      }
    }
    return null;
  }

  /** Of log records or points whose attribute has this value. */
  public static Predicate<JsonObject> with(String key, String value) {
    return holder -> value.equals(attribute(holder, key));
  }

  /** The bytes of {@code role}'s ends, in the log records and in the metric. */
  public void requireBytes(String role, long sent, long received) {
    Predicate<JsonObject> ends = with("tcpotel.connection.role", role);
    assertThat(sumOfLogs("tcpotel.transmit.bytes", ends)).isEqualTo(sent);
    assertThat(sumOfLogs("tcpotel.receive.bytes", ends)).isEqualTo(received);
    assertThat(sumOfMetric("tcpotel.io", ends.and(with("network.io.direction", "transmit"))))
        .isEqualTo(sent);
    assertThat(sumOfMetric("tcpotel.io", ends.and(with("network.io.direction", "receive"))))
        .isEqualTo(received);
  }

  /** The sum of an integer attribute over the log records that {@code wanted} accepts. */
  public long sumOfLogs(String key, Predicate<JsonObject> wanted) {
    return logRecords.stream()
        .filter(wanted)
        .mapToLong(log -> Long.parseLong(attribute(log, key)))
        .sum();
  }

  /**
   * The latest values of a metric, or the sum of its deltas, over its series that {@code wanted}
   * accepts; of a histogram, its counts. A collection may come in several requests, and a request
   * that waited in a stalled sink may come behind a later one.
   */
  public long sumOfMetric(String name, Predicate<JsonObject> wanted) {
    Map<String, Long> series = new HashMap<>();
    Map<String, Long> latestNs = new HashMap<>();
    for (JsonObject metric : metrics.getOrDefault(name, List.of())) {
      String data =
          Stream.of("sum", "histogram", "exponentialHistogram")
              .filter(metric::has)
              .findFirst()
              .orElseThrow();
      JsonObject points = metric.getAsJsonObject(data);
      boolean isDelta = points.get("aggregationTemporality").getAsInt() == DELTA;
      for (JsonElement element : points.getAsJsonArray("dataPoints")) {
        JsonObject point = element.getAsJsonObject();
        JsonElement value = point.get(data.equals("sum") ? "asInt" : "count");
        long shown = value == null ? 0 : value.getAsLong(); // JSON has no count of 0
        if (wanted.test(point)) {
          String key = metric.get(RESOURCE) + " " + point.get("attributes");
          long timeNs = point.get("timeUnixNano").getAsLong();
          boolean isLatest = latestNs.merge(key, timeNs, Math::max) == timeNs;
          series.merge(key, shown, isDelta ? Long::sum : (before, now) -> isLatest ? now : before);
        }
      }
    }
    return series.values().stream().mapToLong(Long::longValue).sum();
  }
}
