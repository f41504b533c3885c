// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.telemetry.Instrument;
import io.tcpotel.telemetry.SelfInstrument;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PromQL that holds for names with and without suffixes, with underscores and with dots, out of
 * PromQL with the names of docs/telemetry.md in quotes. The name of a metric becomes a regular
 * expression, in which the dot stands for both; in labels a variable of the dashboard does.
 */
final class SuffixlessPromql {
  private static final Pattern NAME =
      Pattern.compile("(\\{)?\"([a-z0-9_]+(?:\\.[a-z0-9_]+?)+)(_bucket|_count|_sum)?\"");
  private static final Pattern IN_LEGEND = Pattern.compile("\\{\\{([^}]+)}}");
  private static final Map<String, String> SUFFIXES = suffixes();

  private SuffixlessPromql() {}

  static String of(String query) {
    return NAME.matcher(query).replaceAll(SuffixlessPromql::replacement);
  }

  static String legend(String legend) {
    return IN_LEGEND
        .matcher(legend)
        .replaceAll(name -> Matcher.quoteReplacement("{{" + dotted(name.group(1)) + "}}"));
  }

  private static String replacement(MatchResult name) {
    String part = name.group(3) == null ? "" : name.group(3);
    return Matcher.quoteReplacement(
        name.group(1) == null
            ? '"' + dotted(name.group(2) + part) + '"'
            : "{__name__=~\"" + metric(name.group(2), part) + '"');
  }

  private static String metric(String name, String part) {
    String suffix = SUFFIXES.get(name);
    if (suffix == null) {
      throw new IllegalArgumentException("no metric: " + name);
    }
    return name + (suffix.isEmpty() ? "" : "(" + suffix + ")?") + part;
  }

  private static String dotted(String label) {
    return label.replace(".", "${dot}");
  }

  private static Map<String, String> suffixes() {
    Map<String, String> suffixes = new HashMap<>();
    for (Instrument each : Instrument.values()) {
      suffixes.put(each.key(), suffix(each.unit(), each.kind()));
    }
    for (SelfInstrument each : SelfInstrument.values()) {
      suffixes.put(each.key(), suffix(each.unit(), each.kind()));
    }
    return suffixes;
  }

  private static String suffix(String unit, Instrument.Kind kind) {
    String ofUnit =
        switch (unit) {
          case "s" -> "_seconds";
          case "By" -> "_bytes";
          default -> "";
        };
    return kind == Instrument.Kind.COUNTER ? ofUnit + "_total" : ofUnit;
  }
}
