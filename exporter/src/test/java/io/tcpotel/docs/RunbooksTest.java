// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.telemetry.Instrument;
import io.tcpotel.testing.PrometheusNames;
import io.tcpotel.testing.RuleFile;
import io.tcpotel.testing.RuleFile.Rule;
import io.tcpotel.testing.Runbooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules, runbooks, and the names that the program has. */
class RunbooksTest {
  private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]+");
  private static final Pattern VARIABLE = Pattern.compile("OTEL_[A-Z_]+");

  private static List<Rule> rules(Path... folders) {
    return RuleFile.with("groups", folders).stream()
        .flatMap(file -> file.rules().stream())
        .toList();
  }

  @Test
  void eachAlertHasARunbookAndEachRunbookAnAlert() {
    List<Rule> alerts = rules(RuleFile.RULES).stream().filter(Rule::isAlert).toList();
    assertThat(Runbooks.queries().keySet())
        .containsExactlyInAnyOrderElementsOf(alerts.stream().map(Rule::name).toList());
    assertThat(alerts)
        .allSatisfy(
            alert ->
                assertThat(alert.annotations().get("runbook"))
                    .isEqualTo("docs/runbooks.md#" + alert.name().toLowerCase(Locale.ROOT)));
    assertThat(Runbooks.queries().values()).noneMatch(List::isEmpty);
  }

  @Test
  void rulesAndRunbooksAskForMetricsAndLabelsThatThereAre() {
    List<String> ruled =
        rules(RuleFile.RULES, RuleFile.MIGRATION).stream().map(Rule::query).toList();
    List<String> asked = Runbooks.queries().values().stream().flatMap(List::stream).toList();
    assertThat(Stream.of(ruled, asked).flatMap(List::stream))
        .hasSizeGreaterThan(30)
        .allSatisfy(query -> assertThat(PrometheusNames.unknown(query, true)).as(query).isEmpty());
  }

  @Test
  void alertsAskForSeriesThatRulesRecord() {
    List<Rule> rules = rules(RuleFile.RULES);
    List<String> recorded = rules.stream().filter(rule -> !rule.isAlert()).map(Rule::name).toList();
    List<String> asked =
        rules.stream()
            .flatMap(rule -> Pattern.compile("\\w+:\\w+:\\w+").matcher(rule.query()).results())
            .map(found -> found.group())
            .distinct()
            .toList();
    assertThat(recorded).containsAll(asked);
    assertThat(asked).containsAll(recorded);
  }

  /** A recorded bucket has the boundary that a dashboard for OBI asks for. */
  @Test
  void boundariesOfObiAreAmongThose() {
    assertThat(Instrument.RTT.boundaries())
        .contains(0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0);
  }

  @Test
  void runbooksNameOptionsThatThereAre() throws IOException {
    String configuration = Files.readString(Path.of("../docs/configuration.md"));
    assertThat(
            Stream.of(OPTION, VARIABLE)
                .flatMap(pattern -> pattern.matcher(Runbooks.text()).results())
                .map(found -> found.group()))
        .hasSizeGreaterThan(8)
        .allSatisfy(name -> assertThat(configuration).contains("`" + name));
  }
}
