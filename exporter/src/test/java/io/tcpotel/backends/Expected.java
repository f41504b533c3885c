// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The true answer to a question: what the traffic's own side knows.
 *
 * @param given values for the names in the query
 */
record Expected(Map<String, String> given, List<List<Cell>> rows) {

  boolean isAnsweredBy(List<List<String>> answered, Question.Comparison comparison) {
    return switch (comparison) {
      case SAME_ROWS -> answered.size() == rows.size() && isEachAmong(answered);
      case LARGEST_FIRST ->
          answered.size() == rows.size() && isEachAmong(answered) && falls(answered);
      case AMONG -> isEachAmong(answered);
    };
  }

  private static boolean falls(List<List<String>> answered) {
    double last = Double.POSITIVE_INFINITY;
    for (List<String> row : answered) {
      double number = Double.parseDouble(row.getLast());
      if (number > last) {
        return false;
      }
      last = number;
    }
    return true;
  }

  /** Each with an answered row of its own. */
  private boolean isEachAmong(List<List<String>> answered) {
    List<List<String>> left = new ArrayList<>(answered);
    for (List<Cell> row : rows) {
      int found = 0;
      while (found < left.size() && !matches(row, left.get(found))) {
        found++;
      }
      if (found == left.size()) {
        return false;
      }
      left.remove(found);
    }
    return !rows.isEmpty();
  }

  private static boolean matches(List<Cell> row, List<String> answered) {
    if (row.size() != answered.size()) {
      return false;
    }
    for (int i = 0; i < row.size(); i++) {
      if (!row.get(i).matches(answered.get(i))) {
        return false;
      }
    }
    return true;
  }
}
