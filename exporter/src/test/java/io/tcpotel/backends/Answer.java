// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The rows in a backend's answer, as fields by their name; {@value #VALUE} is a series' number. */
final class Answer {
  static final String VALUE = "value";

  private Answer() {}

  static List<Map<String, String>> rows(Backend backend, String body) {
    return switch (backend) {
      case VICTORIALOGS -> lines(body);
      case LOKI, PROMETHEUS -> data(JsonParser.parseString(body).getAsJsonObject());
      case JAEGER -> jaeger(JsonParser.parseString(body).getAsJsonObject());
      case TEMPO -> tempo(JsonParser.parseString(body).getAsJsonObject());
    };
  }

  /** The columns of each row; empty where a row lacks one, as Prometheus and Loki have it. */
  static List<List<String>> columns(List<Map<String, String>> rows, List<String> columns) {
    return rows.stream()
        .map(row -> columns.stream().map(column -> row.getOrDefault(column, "")).toList())
        .toList();
  }

  /** A JSON object a line. */
  private static List<Map<String, String>> lines(String body) {
    return body.lines()
        .filter(line -> !line.isBlank())
        .map(line -> fields(JsonParser.parseString(line).getAsJsonObject()))
        .toList();
  }

  private static Map<String, String> fields(JsonObject object) {
    Map<String, String> fields = new LinkedHashMap<>();
    object.entrySet().forEach(each -> fields.put(each.getKey(), text(each.getValue())));
    return fields;
  }

  private static String text(JsonElement value) {
    return value.isJsonPrimitive() ? value.getAsString() : value.toString();
  }

  /** Series with a value, Loki's streams of lines, or Prometheus' series of exemplars. */
  private static List<Map<String, String>> data(JsonObject answer) {
    if (!"success".equals(text(answer.get("status")))) {
      throw new AssertionError(answer);
    }
    List<Map<String, String>> rows = new ArrayList<>();
    JsonElement data = answer.get("data");
    JsonArray all =
        data.isJsonArray()
            ? data.getAsJsonArray()
            : data.getAsJsonObject().getAsJsonArray("result");
    for (JsonElement each : all) {
      JsonObject series = each.getAsJsonObject();
      if (series.has("value")) {
        Map<String, String> row = fields(series.getAsJsonObject("metric"));
        row.put(VALUE, text(series.getAsJsonArray("value").get(1)));
        rows.add(row);
      } else if (series.has("stream")) {
        addLines(series, rows);
      } else {
        addExemplars(series, rows);
      }
    }
    return rows;
  }

  private static void addLines(JsonObject stream, List<Map<String, String>> rows) {
    for (JsonElement each : stream.getAsJsonArray("values")) {
      Map<String, String> row = fields(stream.getAsJsonObject("stream"));
      row.put("line", text(each.getAsJsonArray().get(1)));
      rows.add(row);
    }
  }

  private static void addExemplars(JsonObject series, List<Map<String, String>> rows) {
    for (JsonElement each : series.getAsJsonArray("exemplars")) {
      JsonObject exemplar = each.getAsJsonObject();
      Map<String, String> row = fields(series.getAsJsonObject("seriesLabels"));
      row.putAll(fields(exemplar.getAsJsonObject("labels")));
      row.put(VALUE, text(exemplar.get("value")));
      rows.add(row);
    }
  }

  /** A row for each span: its tags, its resource's, its ids and its parent's. */
  private static List<Map<String, String>> jaeger(JsonObject answer) {
    List<Map<String, String>> rows = new ArrayList<>();
    for (JsonElement eachTrace : answer.getAsJsonArray("data")) {
      JsonObject trace = eachTrace.getAsJsonObject();
      for (JsonElement eachSpan : trace.getAsJsonArray("spans")) {
        JsonObject span = eachSpan.getAsJsonObject();
        JsonObject process =
            trace.getAsJsonObject("processes").getAsJsonObject(text(span.get("processID")));
        Map<String, String> row = new LinkedHashMap<>();
        row.put("service.name", text(process.get("serviceName")));
        addTags(process, row);
        addTags(span, row);
        row.put("trace_id", text(span.get("traceID")));
        row.put("span_id", text(span.get("spanID")));
        row.put("name", text(span.get("operationName")));
        for (JsonElement reference : span.getAsJsonArray("references")) {
          row.put("parent_span_id", text(reference.getAsJsonObject().get("spanID")));
        }
        rows.add(row);
      }
    }
    return rows;
  }

  private static void addTags(JsonObject tagged, Map<String, String> row) {
    if (tagged.has("tags")) {
      for (JsonElement each : tagged.getAsJsonArray("tags")) {
        JsonObject tag = each.getAsJsonObject();
        row.put(text(tag.get("key")), text(tag.get("value")));
      }
    }
  }

  /** A row for each span that a search found. */
  private static List<Map<String, String>> tempo(JsonObject answer) {
    List<Map<String, String>> rows = new ArrayList<>();
    for (JsonElement eachTrace : answer.getAsJsonArray("traces")) {
      JsonObject trace = eachTrace.getAsJsonObject();
      for (JsonElement eachSpan : trace.getAsJsonObject("spanSet").getAsJsonArray("spans")) {
        JsonObject span = eachSpan.getAsJsonObject();
        Map<String, String> row = new LinkedHashMap<>();
        row.put("trace_id", text(trace.get("traceID")));
        row.put("span_id", text(span.get("spanID")));
        if (span.has("attributes")) {
          for (JsonElement attribute : span.getAsJsonArray("attributes")) {
            JsonObject pair = attribute.getAsJsonObject();
            JsonObject value = pair.getAsJsonObject("value");
            String only = value.keySet().iterator().next();
            row.put(text(pair.get("key")), text(value.get(only)));
          }
        }
        rows.add(row);
      }
    }
    return rows;
  }
}
