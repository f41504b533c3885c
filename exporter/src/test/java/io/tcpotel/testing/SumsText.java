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
      Pattern.compile("(?m)^ {2}(\\w+(?: \\w+)?) +(\\d+|\\w+ \\d+[^=]*) = (.*)$");
  private static final Pattern TERM = Pattern.compile("(\\w+) (\\d+)");

  private final Map<String, Long> numbers = new HashMap<>();
  private final StringBuilder unequal = new StringBuilder();

  /** Reads what stands behind the last line "sums". */
  public SumsText(String messages) {
    String last = messages.substring(messages.lastIndexOf("tcpotel: sums"));
    Matcher line = LINE.matcher(last);
    while (line.find()) {
      String name = line.group(1).replace(' ', '.');
      long left = add(name, line.group(2).matches("\\d+") ? "all " + line.group(2) : line.group(2));
      long right = add(name, line.group(3));
      if (left != right) {
        unequal.append(line.group()).append('\n');
      }
    }
  }

  /** Notes the terms of one side; returns their sum. */
  private long add(String name, String side) {
    long sum = 0;
    Matcher term = TERM.matcher(side);
    while (term.find()) {
      numbers.put(name + "." + term.group(1), Long.parseLong(term.group(2)));
      sum += Long.parseLong(term.group(2));
    }
    return sum;
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
