// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.Map;

/**
 * A query of a panel.
 *
 * @param text with names as in docs/telemetry.md; {@link SuffixlessPromql} writes PromQL for all
 *     ways in which Prometheus translates names
 * @param isQuiet whether no data is good news: nothing went wrong
 */
record PanelQuery(Language language, String text, String legend, boolean isQuiet) {
  enum Language {
    PROMQL("promql"),
    LOGQL("logql"),
    LOGSQL("logsql");

    /** As the check of the grammars calls it. */
    final String word;

    Language(String word) {
      this.word = word;
    }
  }

  static PanelQuery promql(String text, String legend) {
    return new PanelQuery(Language.PROMQL, text.strip(), legend, false);
  }

  static PanelQuery quiet(String text, String legend) {
    return new PanelQuery(Language.PROMQL, text.strip(), legend, true);
  }

  static PanelQuery logql(String text, String legend) {
    return new PanelQuery(Language.LOGQL, text.strip(), legend, false);
  }

  static PanelQuery logsql(String text, String legend) {
    return new PanelQuery(Language.LOGSQL, text.strip(), legend, false);
  }

  /** As Grafana gets it. */
  String sent() {
    return language == Language.PROMQL ? SuffixlessPromql.of(text) : text;
  }

  String sentLegend() {
    return language == Language.PROMQL ? SuffixlessPromql.legend(legend) : legend;
  }

  /** With the values of variables, as Grafana sends it on. */
  String with(Map<String, String> values) {
    return PanelQueryValues.in(sent(), values);
  }
}
