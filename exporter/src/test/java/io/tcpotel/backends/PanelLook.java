// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.backends.DashboardJson.map;

import com.google.gson.Gson;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Options, units, columns and links of a panel. */
final class PanelLook {
  private static final Pattern VARIABLE = Pattern.compile("%24%7B([\\w.]+)%7D");

  /** Of a table of connections, with its unit. */
  private enum Column {
    ROLE("tcpotel.connection.role", "Role", "string"),
    LOCAL("network.local.address", "Local", "string"),
    LOCAL_PORT("network.local.port", "Local port", "string"),
    PEER("network.peer.address", "Peer", "string"),
    PEER_PORT("network.peer.port", "Peer port", "string"),
    ERROR("error.type", "Error", "string"),
    PROGRAM("process.executable.name", "Program", "string"),
    DURATION("tcpotel.connection.duration", "Duration", "s"),
    SENT("tcpotel.transmit.bytes", "Sent", "bytes"),
    RECEIVED("tcpotel.receive.bytes", "Received", "bytes"),
    RTT("tcpotel.rtt.smoothed", "Round trip", "s"),
    LIMITED("tcpotel.limited_by", "Limited by", "string"),
    CONNECTION("tcpotel.connection.id", "Log records", "string"),
    TRACE("trace_id", "Trace", "string");

    private final String attribute;
    private final String title;
    private final String unit;

    Column(String attribute, String title, String unit) {
      this.attribute = attribute;
      this.title = title;
      this.unit = unit;
    }
  }

  private PanelLook() {}

  /** Attributes that a table of connections shows, as the store calls them. */
  static List<String> columns(DashboardStore store) {
    return Stream.of(Column.values()).map(column -> store.attribute(column.attribute)).toList();
  }

  static Map<String, Object> of(Panel panel, DashboardStore store, List<PanelQuery> queries) {
    return switch (panel.kind()) {
      case STAT -> stat(panel);
      case SERIES -> series(panel);
      case LINES ->
          map(
              "options",
              map(
                  "showTime",
                  true,
                  "wrapLogMessage",
                  false,
                  "enableLogDetails",
                  true,
                  "sortOrder",
                  "Descending",
                  "dedupStrategy",
                  "none",
                  "prettifyLogMessage",
                  false,
                  "showCommonLabels",
                  false,
                  "showLabels",
                  false,
                  "showLogContextToggle",
                  false));
      case TABLE -> isSummary(queries.get(0)) ? summary(store, queries.get(0)) : connections(store);
    };
  }

  /** Whether its rows are no log records. */
  static boolean isSummary(PanelQuery query) {
    return query.text().contains("stats by") || query.text().contains("sum by");
  }

  private static Map<String, Object> stat(Panel panel) {
    boolean isBadAboveZero = panel.title().equals("Lost");
    List<Object> steps = new ArrayList<>();
    steps.add(map("color", isBadAboveZero ? "green" : "text", "value", null));
    if (isBadAboveZero) {
      steps.add(map("color", "red", "value", 1));
    }
    return map(
        "fieldConfig",
        map(
            "defaults",
            map(
                "unit",
                panel.unit(),
                "decimals",
                0,
                "min",
                0,
                "thresholds",
                map("mode", "absolute", "steps", steps)),
            "overrides",
            List.of()),
        "options",
        map(
            "colorMode",
            "value",
            "graphMode",
            "none",
            "textMode",
            "value",
            "justifyMode",
            "auto",
            "orientation",
            "auto",
            "wideLayout",
            true,
            "showPercentChange",
            false,
            "percentChangeColorMode",
            "standard",
            "reduceOptions",
            map("calcs", List.of("lastNotNull"), "values", false)));
  }

  private static Map<String, Object> series(Panel panel) {
    return map(
        "fieldConfig",
        map(
            "defaults",
            map(
                "unit",
                panel.unit(),
                "min",
                0,
                "custom",
                map("lineWidth", 1, "fillOpacity", 10, "showPoints", "auto", "spanNulls", false)),
            "overrides",
            List.of()),
        "options",
        map(
            "legend",
                map(
                    "displayMode",
                    "list",
                    "placement",
                    "bottom",
                    "showLegend",
                    true,
                    "calcs",
                    List.of()),
            "tooltip", map("mode", "multi", "sort", "desc")));
  }

  private static Map<String, Object> summary(DashboardStore store, PanelQuery query) {
    boolean isLines = store == DashboardStore.VICTORIALOGS;
    List<Object> steps = new ArrayList<>();
    if (isLines) {
      steps.add(labelsToColumns());
    }
    steps.add(
        map(
            "id",
            "organize",
            "options",
            map(
                "excludeByName",
                map("Time", true, "Line", true, "labels", true, "id", true),
                "indexByName",
                map(),
                "renameByName",
                map("Value #A", query.text().startsWith("topk") ? "sent_bytes" : "connections"))));
    return map(
        "transformations",
        steps,
        "fieldConfig",
        map(
            "defaults",
            map(),
            "overrides",
            List.of(unitOf("/bytes$/", "bytes"), unitOf("/seconds$/", "s"))),
        "options",
        map("showHeader", true, "frameIndex", 0));
  }

  private static Map<String, Object> unitOf(String pattern, String unit) {
    return map(
        "matcher", map("id", "byRegexp", "options", pattern),
        "properties", List.of(map("id", "unit", "value", unit)));
  }

  private static Map<String, Object> labelsToColumns() {
    return map(
        "id",
        "extractFields",
        "options",
        map("source", "labels", "format", "json", "replace", false, "keepTime", true));
  }

  private static Map<String, Object> connections(DashboardStore store) {
    List<Object> names = new ArrayList<>(List.of("Time"));
    Map<String, Object> order = map("Time", 0);
    Map<String, Object> titles = map();
    List<Object> overrides = new ArrayList<>();
    for (Column column : Column.values()) {
      String name = store.attribute(column.attribute);
      order.put(name, names.size());
      names.add(name);
      titles.put(name, column.title);
      List<Object> properties = new ArrayList<>(List.of(map("id", "unit", "value", column.unit)));
      if (column == Column.TRACE) {
        properties.add(link("The trace of both ends", traceUrl(store)));
      } else if (column == Column.CONNECTION) {
        properties.add(link("All its log records", logsUrl(store)));
      }
      overrides.add(
          map("matcher", map("id", "byName", "options", column.title), "properties", properties));
    }
    return map(
        "transformations",
        List.of(
            labelsToColumns(),
            map("id", "filterFieldsByName", "options", map("include", map("names", names))),
            map(
                "id",
                "organize",
                "options",
                map("excludeByName", map(), "indexByName", order, "renameByName", titles)),
            map(
                "id",
                "convertFieldType",
                "options",
                map("fields", map(), "conversions", numbers()))),
        "fieldConfig",
        map("defaults", map(), "overrides", overrides),
        "options",
        map("showHeader", true, "frameIndex", 0));
  }

  /** Labels are text; units are of numbers. */
  private static List<Object> numbers() {
    List<Object> conversions = new ArrayList<>();
    for (Column column : Column.values()) {
      if (!column.unit.equals("string")) {
        conversions.add(map("targetField", column.title, "destinationType", "number"));
      }
    }
    return conversions;
  }

  private static Map<String, Object> link(String title, String url) {
    return map(
        "id", "links", "value", List.of(map("title", title, "url", url, "targetBlank", true)));
  }

  private static String traceUrl(DashboardStore store) {
    Map<String, Object> query =
        map(
            "refId",
            "A",
            "datasource",
            DashboardJson.source(store.traces, "traces"),
            "query",
            "${__value.raw}");
    if (store == DashboardStore.LOKI) {
      query.put("queryType", "traceql");
    }
    return explore("traces", query);
  }

  private static String logsUrl(DashboardStore store) {
    return explore(
        "logs",
        map(
            "refId",
            "A",
            "datasource",
            DashboardJson.source(store.logs, "logs"),
            "expr",
            store.logRecordsOf("${__value.raw}")));
  }

  private static String explore(String source, Map<String, Object> query) {
    Map<String, Object> pane =
        map(
            "datasource",
            "${" + source + "}",
            "queries",
            List.of(query),
            "range",
            map("from", "${__from}", "to", "${__to}"));
    String json = URLEncoder.encode(new Gson().toJson(map("tcp", pane)), StandardCharsets.UTF_8);
    // Grafana puts the values of variables in before it reads the URL.
    return "/explore?schemaVersion=1&panes="
        + VARIABLE.matcher(json.replace("+", "%20")).replaceAll("\\${$1}");
  }
}
