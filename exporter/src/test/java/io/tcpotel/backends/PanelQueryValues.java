// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values of a dashboard's variables, as Grafana puts them into queries. */
final class PanelQueryValues {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{?(\\w+)}?");

  /** All that "All" stands for. */
  private static final Map<String, String> USUAL =
      Map.of(
          "dot", "_",
          "role", "client",
          "job", ".*",
          "instance", ".*",
          "agent", ".*",
          "client", "198.18.1.2",
          "server", "198.18.2.2",
          "__rate_interval", "5s",
          "__range", "10m");

  private PanelQueryValues() {}

  static String in(String query, Map<String, String> others) {
    return VARIABLE
        .matcher(query)
        .replaceAll(
            found -> {
              String name = found.group(1);
              String value = others.getOrDefault(name, USUAL.get(name));
              if (value == null) {
                throw new AssertionError("a variable without a value: " + name + " in " + query);
              }
              return Matcher.quoteReplacement(value);
            });
  }
}
