// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import com.google.gson.GsonBuilder;
import io.tcpotel.backends.PanelQuery.Language;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A dashboard as Grafana imports it, for one store of logs and one of traces. */
final class DashboardJson {
  private static final int COLUMNS = 24;
  private static final String PROMETHEUS = "prometheus";

  private final DashboardStore store;
  private final List<Object> panels = new ArrayList<>();
  private int x;
  private int y;
  private int rowHeight;

  private DashboardJson(DashboardStore store) {
    this.store = store;
  }

  static String of(Dashboard dashboard, DashboardStore store) {
    return new DashboardJson(store).text(dashboard);
  }

  /** Keys and values in this order. */
  static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return map;
  }

  private String text(Dashboard dashboard) {
    for (Dashboard.Row row : dashboard.rows()) {
      newLine();
      panels.add(
          map(
              "id",
              panels.size() + 1,
              "type",
              "row",
              "title",
              row.title(),
              "collapsed",
              false,
              "gridPos",
              position(COLUMNS, 1),
              "panels",
              List.of()));
      newLine();
      row.panels().forEach(panel -> panels.add(panel(panel)));
    }
    Map<String, Object> all =
        map(
            "uid", "tcpotel-" + dashboard.file(),
            "title", dashboard.title(),
            "description", dashboard.description(),
            "tags", List.of("tcpotel"),
            "schemaVersion", 39,
            "editable", true,
            "graphTooltip", 1,
            "time", map("from", "now-1h", "to", "now"),
            "refresh", "1m",
            "links", List.of(dashboardsLink()),
            "annotations", map("list", List.of()),
            "templating", map("list", variables(dashboard)),
            "panels", panels);
    return new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create().toJson(all) + "\n";
  }

  private static Map<String, Object> dashboardsLink() {
    return map(
        "type",
        "dashboards",
        "title",
        "tcpotel",
        "tags",
        List.of("tcpotel"),
        "asDropdown",
        true,
        "includeVars",
        true,
        "keepTime",
        true,
        "targetBlank",
        false,
        "icon",
        "external link",
        "tooltip",
        "",
        "url",
        "");
  }

  private void newLine() {
    x = 0;
    y += rowHeight;
    rowHeight = 0;
  }

  private Map<String, Object> position(int width, int height) {
    if (x + width > COLUMNS) {
      newLine();
    }
    Map<String, Object> position = map("h", height, "w", width, "x", x, "y", y);
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return position;
  }

  private List<Object> variables(Dashboard dashboard) {
    List<Object> list = new ArrayList<>();
    list.add(dataSource("prometheus", "Metrics", PROMETHEUS));
    if (dashboard.panels().anyMatch(panel -> panel.has(store.language))) {
      list.add(dataSource("logs", "Logs", store.logs));
      list.add(dataSource("traces", "Traces", store.traces));
    }
    list.add(
        query(
            new DashboardVariable(
                DashboardVariable.Type.QUERY,
                "dot",
                "Names with",
                "label_names()",
                "/^tcpotel(.)(?:connection.role|bpf.program.name)$/"),
            false));
    for (DashboardVariable each : dashboard.variables()) {
      list.add(
          switch (each.type()) {
            case QUERY ->
                query(each, !each.name().equals("client") && !each.name().equals("server"));
            case VALUES -> values(each);
          });
    }
    return list;
  }

  private static Map<String, Object> dataSource(String name, String label, String type) {
    return map("type", "datasource", "name", name, "label", label, "query", type, "hide", 0);
  }

  /** Of all values, an empty one too: a container's job is unknown until something names it. */
  private static Map<String, Object> query(DashboardVariable variable, boolean hasAll) {
    String query = SuffixlessPromql.of(variable.query());
    Map<String, Object> map =
        map(
            "type",
            "query",
            "name",
            variable.name(),
            "label",
            variable.label(),
            "datasource",
            source(PROMETHEUS, "prometheus"),
            "query",
            map("query", query, "refId", variable.name()),
            "definition",
            query,
            "regex",
            variable.regex(),
            "refresh",
            2,
            "sort",
            1,
            "hide",
            0);
    if (hasAll) {
      map.putAll(
          map(
              "includeAll",
              true,
              "allValue",
              ".*",
              "current",
              map("text", "All", "value", "$__all")));
    }
    return map;
  }

  private static Map<String, Object> values(DashboardVariable variable) {
    String first = variable.query().split(",")[0];
    return map(
        "type", "custom",
        "name", variable.name(),
        "label", variable.label(),
        "query", variable.query(),
        "current", map("text", first, "value", first),
        "hide", 0);
  }

  static Map<String, Object> source(String type, String variable) {
    return map("type", type, "uid", "${" + variable + "}");
  }

  private Map<String, Object> panel(Panel panel) {
    List<Object> targets = new ArrayList<>();
    List<PanelQuery> queries =
        panel.queries().stream()
            .filter(
                query -> query.language() == Language.PROMQL || query.language() == store.language)
            .toList();
    for (PanelQuery query : queries) {
      targets.add(target(panel, query, String.valueOf((char) ('A' + targets.size()))));
    }
    boolean isMetrics = panel.has(Language.PROMQL);
    Map<String, Object> json =
        map(
            "id",
            panels.size() + 1,
            "type",
            panel.kind().type,
            "title",
            panel.title(),
            "description",
            panel.description(),
            "gridPos",
            position(panel.kind().width, panel.kind().height),
            "datasource",
            isMetrics ? source(PROMETHEUS, "prometheus") : source(store.logs, "logs"),
            "targets",
            targets);
    json.putAll(PanelLook.of(panel, store, queries));
    return json;
  }

  private Map<String, Object> target(Panel panel, PanelQuery query, String refId) {
    boolean isMetrics = query.language() == Language.PROMQL;
    Map<String, Object> target =
        map(
            "refId",
            refId,
            "datasource",
            isMetrics ? source(PROMETHEUS, "prometheus") : source(store.logs, "logs"),
            "expr",
            query.sent());
    if (!query.legend().isEmpty()) {
      target.put("legendFormat", query.sentLegend());
    }
    if (!isMetrics) {
      target.put(
          "queryType",
          PanelLook.isSummary(query) || store == DashboardStore.VICTORIALOGS ? "instant" : "range");
    } else if (panel.kind() == Panel.Kind.STAT) {
      target.putAll(map("instant", true, "range", false));
    } else {
      target.putAll(
          map("range", true, "exemplar", query.text().startsWith("histogram_quantile(0.99")));
    }
    return target;
  }
}
