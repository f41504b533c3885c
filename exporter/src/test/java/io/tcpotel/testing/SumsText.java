// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The sums that the program printed last: for each line its numbers by name, and whether the two
 * sides are equal.
 */
public final class SumsText {
  private static final Pattern LINE =
      Pattern.compile("(?m)^ {2}(kernel \\w+|logs|read|ring|connections) +(\\w+ )?(\\d+) = (.*)$");
  private static final Pattern TERM = Pattern.compile("(\\w+) (\\d+)");

  private final Map<String, Long> numbers = new HashMap<>();
  private final StringBuilder unequal = new StringBuilder();

  /** Reads what stands behind the last line "sums". */
  public SumsText(String messages) {
    String last = messages.substring(messages.lastIndexOf("tcpotel: sums"));
    Matcher line = LINE.matcher(last);
    while (line.find()) {
      String name = line.group(1).replace(' ', '.');
      String left = line.group(2) == null ? "all" : line.group(2).strip();
      long whole = Long.parseLong(line.group(3));
      numbers.put(name + "." + left, whole);
      long sum = 0;
      Matcher term = TERM.matcher(line.group(4));
      while (term.find()) {
        numbers.put(name + "." + term.group(1), Long.parseLong(term.group(2)));
        sum += Long.parseLong(term.group(2));
      }
      if (sum != whole) {
        unequal.append(line.group()).append('\n');
      }
    }
  }

  /** A number as "logs.exported" or "kernel.open.seen". */
  public long get(String name) {
    return numbers.get(name);
  }

  /** The lines whose two sides differ; empty when the account closes. */
  public String unequal() {
    return unequal.toString();
  }
}
