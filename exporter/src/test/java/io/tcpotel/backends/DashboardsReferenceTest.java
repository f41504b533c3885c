// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.backends.PanelQuery.Language;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.telemetry.SelfInstrument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The dashboards of otel-config/grafana are written from their tables; with {@code -Dgolden.update}
 * they are written anew, and the test fails, so that nobody leaves that on.
 */
class DashboardsReferenceTest {
  static final Path FOLDER = Path.of("../otel-config/grafana");

  private static final Pattern SELECTOR =
      Pattern.compile("\\{\"([a-z0-9_.]+?)(?:_bucket|_count)?\"([^}]*)}");
  private static final Pattern QUOTED = Pattern.compile("\"([a-z0-9_]+\\.[a-z0-9_.]+)\"(?=[=!])");
  private static final Pattern BY = Pattern.compile("by \\(([^)]*)\\)");

  @Test
  void theFilesSayWhatTheTablesSay() throws IOException {
    boolean isUpdate = System.getProperty("golden.update") != null;
    for (Dashboard dashboard : Dashboard.ALL) {
      for (DashboardStore store : DashboardStore.values()) {
        Path file = FOLDER.resolve(store.folder).resolve(dashboard.file() + ".json");
        String text = DashboardJson.of(dashboard, store);
        if (isUpdate) {
          Files.createDirectories(file.getParent());
          Files.writeString(file, text);
        }
        assertThat(Files.readString(file)).as(file.toString()).isEqualTo(text);
      }
    }
    if (isUpdate) {
      fail("written anew: " + FOLDER);
    }
  }

  static Stream<Panel> panels() {
    return Dashboard.ALL.stream().flatMap(Dashboard::panels);
  }

  private static Stream<PanelQuery> promql(Panel panel) {
    return panel.queries().stream().filter(query -> query.language() == Language.PROMQL);
  }

  /** Each attribute of a selector, and of what it is grouped by, is one of the metric's. */
  @ParameterizedTest
  @MethodSource("panels")
  void metricsHaveTheAttributesThatAreAskedFor(Panel panel) {
    Map<String, Set<String>> attributes = attributes();
    promql(panel)
        .forEach(
            query -> {
              Set<String> common = new HashSet<>();
              Matcher selector = SELECTOR.matcher(query.text());
              boolean isFound = false;
              while (selector.find()) {
                isFound = true;
                Set<String> ofMetric = attributes.get(selector.group(1));
                assertThat(ofMetric).as(selector.group(1)).isNotNull();
                assertThat(ofMetric).containsAll(all(QUOTED, selector.group(2)));
                common.addAll(ofMetric);
              }
              assertThat(isFound).as(query.text()).isTrue();
              for (String list : all(BY, query.text())) {
                assertThat(common).containsAll(all(Pattern.compile("\"([^\"]+)\""), list));
              }
            });
  }

  private static List<String> all(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static Map<String, Set<String>> attributes() {
    Map<String, Set<String>> attributes = new HashMap<>();
    for (Instrument each : Instrument.values()) {
      Set<String> names = new HashSet<>(each.attributes());
      names.addAll(each.addressAttributes());
      attributes.put(each.key(), names);
    }
    for (SelfInstrument each : SelfInstrument.values()) {
      attributes.put(each.key(), new HashSet<>(each.attributes()));
    }
    return attributes;
  }

  @ParameterizedTest
  @MethodSource("panels")
  void unitsAreThoseOfTheNumbers(Panel panel) {
    promql(panel)
        .forEach(query -> assertThat(panel.unit()).as(query.text()).isEqualTo(unit(query)));
  }

  private static String unit(PanelQuery query) {
    String text = query.text();
    if (text.contains(" / ")) {
      return "percentunit";
    }
    Matcher selector = SELECTOR.matcher(text);
    assertThat(selector.find()).isTrue();
    if (text.contains("histogram_quantile")) {
      return unit(selector.group(1));
    }
    boolean isBytes = !text.contains("_count\"") && unit(selector.group(1)).equals("By");
    if (text.contains("rate(")) {
      return isBytes ? "Bps" : "cps";
    }
    return isBytes ? "bytes" : "short";
  }

  private static String unit(String metric) {
    return Stream.concat(
            Stream.of(Instrument.values()).map(each -> Map.entry(each.key(), each.unit())),
            Stream.of(SelfInstrument.values()).map(each -> Map.entry(each.key(), each.unit())))
        .filter(each -> each.getKey().equals(metric))
        .findFirst()
        .orElseThrow()
        .getValue();
  }

  /** What tells the series of a query apart is in its legend. */
  @ParameterizedTest
  @MethodSource("panels")
  void legendsNameWhatSeriesAreGroupedBy(Panel panel) {
    promql(panel)
        .filter(query -> !query.text().startsWith("sum(") && !query.text().startsWith("count("))
        .forEach(
            query -> {
              Matcher by = BY.matcher(query.text());
              assertThat(by.find()).isTrue();
              for (String label : by.group(1).replace("\"", "").split(", ")) {
                if (!label.equals("le")) {
                  assertThat(query.legend()).contains("{{" + label + "}}");
                }
              }
            });
  }
}
