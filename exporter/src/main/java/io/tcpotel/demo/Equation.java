// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A sum that closes: a whole, and the named parts that it must be equal to. */
public final class Equation {
  private static final String INDENT = "                ";

  private final String name;
  private final String wholeName;
  private final long whole;
  private final Map<String, Long> parts = new LinkedHashMap<>();

  public Equation(String name, String wholeName, long whole) {
    this.name = name;
    this.wholeName = wholeName;
    this.whole = whole;
  }

  /** Adds a part that is always shown. */
  public Equation part(String partName, long value) {
    parts.put(partName, value);
    return this;
  }

  /** Adds a part that is shown unless it is zero: what went wrong, or cannot here. */
  public Equation rare(String partName, long value) {
    return value == 0 ? this : part(partName, value);
  }

  boolean closes() {
    return parts.values().stream().mapToLong(Long::longValue).sum() == whole;
  }

  /** The equation, broken before a "+" where {@code columns} are used up. */
  List<String> lines(int columns) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(String.format("  %-12s  %s %d", name, wholeName, whole));
    String operator = closes() ? " = " : " != ";
    for (Map.Entry<String, Long> part : parts.entrySet()) {
      String term = operator + part.getKey() + " " + part.getValue();
      if (line.length() + term.length() > columns) {
        lines.add(line.toString());
        line = new StringBuilder(INDENT.substring(1));
      }
      line.append(term);
      operator = " + ";
    }
    lines.add(line.toString());
    return lines;
  }
}
