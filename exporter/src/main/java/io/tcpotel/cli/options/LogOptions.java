// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.record.AddressUse;
import io.tcpotel.telemetry.LogAttribute;
import io.tcpotel.telemetry.LogBody;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Option;

/** What log records contain. */
public final class LogOptions {
  enum Body {
    TEXT(LogBody.Form.TEXT),
    KMESH(LogBody.Form.KMESH),
    NONE(LogBody.Form.NONE);

    private final LogBody.Form form;

    Body(LogBody.Form form) {
      this.form = form;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final String ATTRIBUTES = "--log-attributes";

  @Option(
      names = ATTRIBUTES,
      split = ",",
      paramLabel = "[+-]NAME",
      description =
          "Attributes that log records have besides the usual ones, or lack; docs/telemetry.md lists"
              + " them.")
  private List<String> attributes = List.of();

  @Option(
      names = "--log-body",
      paramLabel = "FORM",
      defaultValue = "text",
      description =
          "${COMPLETION-CANDIDATES}: the body of a log record is a line for people, the line of"
              + " Kmesh's access log, or absent (default: ${DEFAULT-VALUE}).")
  private Body body;

  LogBody.Form body() {
    return body.form;
  }

  /** Throws a {@link Failure} that names all wrong values. */
  Set<LogAttribute> attributes(AddressUse addresses) {
    Problems problems = new Problems(false);
    Set<LogAttribute> selected = LogAttribute.defaults();
    attributes.forEach(text -> problems.check(() -> change(selected, text)));
    if (addresses != AddressUse.FULL && selected.contains(LogAttribute.COMMUNITY_ID)) {
      problems.check(
          () -> {
            throw Failure.usage(
                ATTRIBUTES,
                LogAttribute.COMMUNITY_ID.key() + " is made of whole addresses",
                "leave it out, or the masking of addresses");
          });
    }
    problems.requireNone();
    if (addresses == AddressUse.NONE) {
      selected.remove(LogAttribute.NETWORK_LOCAL_ADDRESS);
      selected.remove(LogAttribute.NETWORK_PEER_ADDRESS);
    }
    return selected;
  }

  private static void change(Set<LogAttribute> selected, String text) {
    String name = text.isEmpty() ? "" : text.substring(1);
    LogAttribute attribute =
        Arrays.stream(LogAttribute.values())
            .filter(each -> each.key().equals(name))
            .findFirst()
            .orElse(null);
    if (attribute != null && text.startsWith("+")) {
      selected.add(attribute);
    } else if (attribute != null && text.startsWith("-")) {
      selected.remove(attribute);
    } else {
      throw Failure.usage(
          ATTRIBUTES,
          "'" + ForeignText.of(text) + "' is not + or - and the name of an attribute",
          "did you mean " + nearest(text) + "? docs/telemetry.md lists them");
    }
  }

  private static String nearest(String text) {
    String sign = text.startsWith("-") ? "-" : "+";
    String name = text.matches("[+-].*") ? text.substring(1) : text;
    return sign
        + Arrays.stream(LogAttribute.values())
            .map(LogAttribute::key)
            .min(Comparator.comparingInt(key -> edits(key, name)))
            .orElseThrow();
  }

  /** The Levenshtein distance: insertions, deletions and replacements from one to the other. */
  private static int edits(String from, String to) {
    int[] row = new int[to.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int i = 0; i < from.length(); i++) {
      int diagonal = row[0]++;
      for (int j = 0; j < to.length(); j++) {
        int replaced = diagonal + (from.charAt(i) == to.charAt(j) ? 0 : 1);
        diagonal = row[j + 1];
        row[j + 1] = Math.min(replaced, 1 + Math.min(row[j], row[j + 1]));
      }
    }
    return row[to.length()];
  }
}
