// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tcpotel.backends.PanelQuery.Language;
import io.tcpotel.testing.HttpGet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each panel has data of the fleet's traffic. */
@FleetTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DashboardQueriesTest {
  private final Fleet fleet;
  private final Map<String, String> values;

  DashboardQueriesTest(Fleet fleet) {
    this.fleet = fleet;
    long rangeSeconds = (long) Math.ceil(fleet.endSeconds() - fleet.began().getEpochSecond()) + 1;
    values = Map.of("__range", rangeSeconds + "s");
  }

  /** A query in its panel. */
  private record Asked(Dashboard dashboard, Panel panel, PanelQuery query) {
    @Override
    public String toString() {
      return dashboard.file()
          + ": "
          + panel.title()
          + ": "
          + query.language()
          + " "
          + query.legend();
    }
  }

  static Stream<Asked> queries() {
    return Dashboard.ALL.stream()
        .flatMap(
            dashboard ->
                dashboard
                    .panels()
                    .flatMap(
                        panel ->
                            panel.queries().stream()
                                .map(query -> new Asked(dashboard, panel, query))));
  }

  static Stream<Asked> ofMetrics() {
    return queries().filter(asked -> asked.query().language() == Language.PROMQL);
  }

  static Stream<Asked> ofLogs() {
    return queries().filter(asked -> asked.query().language() == Language.LOGSQL);
  }

  private JsonArray range(String query) {
    String resource =
        "query_range?"
            + "query="
            + HttpGet.encode(query)
            + "&step=1&start="
            + fleet.began().getEpochSecond()
            + "&end="
            + fleet.endSeconds();
    return fleet.prometheus().get(resource).getAsJsonObject().getAsJsonArray("result");
  }

  @ParameterizedTest
  @MethodSource("ofMetrics")
  void prometheusHasDataForThePanel(Asked asked) {
    JsonArray series = range(asked.query().with(values));
    List<Double> numbers =
        StreamSupport.stream(series.spliterator(), false)
            .flatMap(each -> numbers(each.getAsJsonObject().getAsJsonArray("values")))
            .filter(Double::isFinite)
            .toList();
    System.out.printf("%s: %d series, %d numbers%n", asked, series.size(), numbers.size());
    if (asked.query().isQuiet()) {
      return;
    }
    assertThat(numbers).as(asked.query().text()).isNotEmpty();
    if (asked.query().text().contains("rate(")) {
      assertThat(numbers).as(asked.query().text()).anyMatch(number -> number > 0);
    }
    requireLegend(asked, series);
  }

  private static Stream<Double> numbers(JsonArray samples) {
    return StreamSupport.stream(samples.spliterator(), false)
        .map(sample -> sample.getAsJsonArray().get(1).getAsDouble());
  }

  /** Each name in the legend is a label of one series at least. */
  private static void requireLegend(Asked asked, JsonArray series) {
    Set<String> labels =
        StreamSupport.stream(series.spliterator(), false)
            .flatMap(each -> each.getAsJsonObject().getAsJsonObject("metric").keySet().stream())
            .collect(Collectors.toSet());
    Pattern.compile("\\{\\{([^}]+)}}")
        .matcher(PanelQueryValues.in(asked.query().sentLegend(), Map.of()))
        .results()
        // The workloads of the fleet are containers, whose service nothing names here.
        .filter(name -> !name.group(1).equals("job"))
        // A server's socket begins when it is established: it never fails.
        .filter(
            name ->
                !name.group(1).equals("error_type") || !asked.panel().title().equals("Accepted"))
        .forEach(name -> assertThat(labels).as(asked.toString()).contains(name.group(1)));
  }

  @ParameterizedTest
  @MethodSource("ofLogs")
  void victoriaLogsHasDataForThePanel(Asked asked) {
    List<JsonObject> rows = fleet.victoriaLogs().query(asked.query().with(values));
    System.out.printf("%s: %d rows%n", asked, rows.size());
    assertThat(rows).as(asked.query().text()).isNotEmpty();
    if (asked.panel().kind() == Panel.Kind.TABLE && !PanelLook.isSummary(asked.query())) {
      for (String name : PanelLook.columns(DashboardStore.VICTORIALOGS)) {
        assertThat(rows).as(name).anyMatch(row -> row.has(name));
      }
    }
  }

  /** What the links of the table of failed connections lead to is there. */
  @Test
  void failedConnectionsLeadToTheirLogRecordsAndTraces() {
    PanelQuery query =
        ofLogs()
            .filter(asked -> asked.panel().title().equals("Failed connections"))
            .findFirst()
            .orElseThrow()
            .query();
    List<JsonObject> rows =
        fleet.victoriaLogs().query(query.with(values)).stream()
            .filter(row -> row.has("trace_id"))
            .limit(5)
            .toList();
    assertThat(rows).isNotEmpty();
    for (JsonObject row : rows) {
      String id = row.get("tcpotel.connection.id").getAsString();
      assertThat(fleet.victoriaLogs().query(DashboardStore.VICTORIALOGS.logRecordsOf(id)))
          .isNotEmpty();
      JsonElement traces = fleet.jaeger().query("/api/traces/" + row.get("trace_id").getAsString());
      assertThat(traces.getAsJsonArray()).as(id).hasSize(1);
    }
  }

  /** The variables whose values come from Prometheus have some, by their regular expressions. */
  @Test
  void variablesHaveValues() {
    for (Dashboard dashboard : Dashboard.ALL) {
      for (DashboardVariable variable : dashboard.variables()) {
        // The workloads of the fleet are containers, whose service nothing names here.
        if (variable.type() == DashboardVariable.Type.QUERY && !variable.name().equals("job")) {
          String query = SuffixlessPromql.of(variable.query());
          String series = query.substring("query_result(".length(), query.length() - 1);
          assertThat(
                  fleet.prometheus().query(PanelQueryValues.in(series, values), fleet.endSeconds()))
              .as(variable.toString())
              .anyMatch(sample -> variable.takes(sample.labels()));
        }
      }
    }
  }

  @Test
  void theNamesOfLabelsTellTheDot() {
    String labels = HttpGet.ok("http://" + fleet.prometheus().address() + "/api/v1/labels");
    assertThat(labels).contains("\"tcpotel_connection_role\"", "\"tcpotel_bpf_program_name\"");
  }
}
