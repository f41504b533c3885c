// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;

/**
 * A question of an operator. The same rows answer it in every backend.
 *
 * @param id for the printed line and the link; never changes
 * @param words the operator's
 * @param reading how to read the answer: the columns, and what is not in it
 */
record Question(
    String id, String words, String reading, Comparison comparison, List<Query> queries) {

  /** How the answer of a backend is compared with the truth. */
  enum Comparison {
    /** Every row of the truth and no other. */
    SAME_ROWS("the same rows, in any order"),
    /** Likewise, and the number in the last column falls. */
    LARGEST_FIRST("the same rows, the largest number first"),
    /** For questions that have a limit, or whose answer contains other traffic. */
    AMONG("every row of the truth is among those answered");

    private final String words;

    Comparison(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  static Question of(
      String id, String words, String reading, Comparison comparison, Query... queries) {
    return new Question(id, words, reading, comparison, List.of(queries));
  }
}
