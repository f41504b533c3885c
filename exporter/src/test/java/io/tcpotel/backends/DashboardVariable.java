// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A variable of a dashboard. The answer of a query is text, as {@code {server_port="443"} 1}, of
 * which a regular expression takes the value: it holds for names with dots too.
 *
 * @param query of Prometheus; or the values, separated by commas
 */
record DashboardVariable(Type type, String name, String label, String query, String regex) {
  enum Type {
    QUERY,
    VALUES
  }

  static final DashboardVariable ROLE =
      new DashboardVariable(Type.VALUES, "role", "Role", "client,server", "");
  static final DashboardVariable JOB =
      ofLabel("job", "Service", "{\"tcpotel.connection.attempts\"}", "job");
  static final DashboardVariable INSTANCE =
      ofLabel(
          "instance", "Instance", "{\"tcpotel.connection.attempts\",job=~\"$job\"}", "instance");
  static final DashboardVariable PORT =
      ofLabel("port", "Port", "{\"tcpotel.connection.attempts\"}", "server.port");

  static DashboardVariable ofLabel(String name, String shown, String series, String label) {
    String last = label.substring(label.lastIndexOf('.') + 1);
    return new DashboardVariable(
        Type.QUERY,
        name,
        shown,
        "query_result(count by (\"" + label + "\") (" + series + "))",
        "/" + last + "=\"([^\"]*)\"/");
  }

  /** Whether its regular expression finds a value in the text that Grafana makes of a series. */
  boolean takes(Map<String, String> labels) {
    String text =
        labels.entrySet().stream()
            .map(label -> label.getKey() + "=\"" + label.getValue() + '"')
            .collect(Collectors.joining(",", "{", "} 1"));
    Matcher found = Pattern.compile(regex.substring(1, regex.length() - 1)).matcher(text);
    return found.find() && !found.group(1).isEmpty();
  }
}
