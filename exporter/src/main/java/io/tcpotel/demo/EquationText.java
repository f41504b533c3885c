// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.pipeline.Equation;
import java.util.ArrayList;
import java.util.List;

/** An equation of the account as lines of the page. */
final class EquationText {
  private static final String INDENT = "               ";

  private EquationText() {}

  /** The equation, broken before a "+" where {@code columns} are used up. */
  static List<String> lines(Equation equation, int columns) {
    List<String> lines = new ArrayList<>();
    StringBuilder line =
        new StringBuilder(String.format("  %-12s  %s", equation.name(), equation.left()));
    String operator = equation.closes() ? " = " : " != ";
    for (Equation.Term part : equation.right()) {
      String term = operator + part;
      if (line.length() + term.length() > columns) {
        lines.add(line.toString());
        line = new StringBuilder(INDENT);
      }
      line.append(term);
      operator = " + ";
    }
    lines.add(line.toString());
    return lines;
  }
}
