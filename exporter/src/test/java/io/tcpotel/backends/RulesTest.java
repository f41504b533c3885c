// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.Promtool;
import io.tcpotel.testing.RuleFile;
import io.tcpotel.testing.Runbooks;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Rules and their unit tests, as promtool reads and runs them. */
@BackendsTest
class RulesTest {
  private static final Path[] TESTS = {
    RuleFile.RULES.resolve("tests"), RuleFile.MIGRATION.resolve("tests")
  };

  static Stream<Path> rules() {
    return paths("groups", RuleFile.RULES, RuleFile.MIGRATION);
  }

  static Stream<Path> unitTests() {
    return paths("tests", TESTS);
  }

  private static Stream<Path> paths(String key, Path... folders) {
    return RuleFile.with(key, folders).stream().map(RuleFile::path);
  }

  @ParameterizedTest
  @MethodSource("rules")
  void promtoolFindsNoFault(Path file) {
    assertThat(Promtool.run("check", "rules", "--lint=all", "--lint-fatal", file.toString()))
        .contains("SUCCESS");
  }

  @Test
  void theConfigurationLoadsTheRules() {
    String file = RuleFile.RULES.resolve("prometheus.yaml").toString();
    assertThat(Promtool.run("check", "config", "--lint=all", "--lint-fatal", file))
        .contains("SUCCESS: 2 rule files found");
  }

  @ParameterizedTest
  @MethodSource("unitTests")
  void unitTestsPass(Path file) {
    assertThat(Promtool.run("test", "rules", file.toString())).contains("SUCCESS");
  }

  /** Each alert fires in one of them, and does not at another time. */
  @Test
  void eachAlertHasUnitTestsOfBothOutcomes() {
    List<String> alerts =
        RuleFile.with("groups", RuleFile.RULES).stream()
            .flatMap(file -> file.rules().stream())
            .filter(RuleFile.Rule::isAlert)
            .map(RuleFile.Rule::name)
            .toList();
    assertThat(alerts).isNotEmpty();
    assertThat(tested(false)).containsAll(alerts);
    assertThat(tested(true)).containsAll(alerts);
  }

  private static List<String> tested(boolean fires) {
    return RuleFile.with("tests", TESTS).stream()
        .flatMap(file -> RuleFile.maps(file.content(), "tests").stream())
        .flatMap(test -> RuleFile.maps(test, "alert_rule_test").stream())
        .filter(test -> RuleFile.maps(test, "exp_alerts").isEmpty() != fires)
        .map(test -> (String) test.get("alertname"))
        .toList();
  }

  @Test
  void theQueriesOfTheRunbooksArePromQl() {
    List<String> queries = Runbooks.queries().values().stream().flatMap(List::stream).toList();
    assertThat(queries)
        .isNotEmpty()
        .allSatisfy(
            query ->
                assertThat(Promtool.run("--experimental", "promql", "format", query)).isNotBlank());
  }
}
