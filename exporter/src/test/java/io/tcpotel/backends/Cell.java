// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;
import java.util.Locale;

/** A value of the true answer: a text, or a number that a backend may write in its own way. */
sealed interface Cell {
  boolean matches(String answered);

  static Cell of(String text) {
    return new Text(text);
  }

  static Cell of(long number) {
    return new Range(number, number);
  }

  /** For a measured value: both bounds belong to it. */
  static Cell between(double low, double high) {
    return new Range(low, high);
  }

  /** For what can be one or the other. */
  static Cell oneOf(List<String> texts) {
    return new OneOf(texts);
  }

  /** For what only the backends know. */
  static Cell any() {
    return new Any();
  }

  /** Whatever it is. */
  record Any() implements Cell {
    @Override
    public boolean matches(String answered) {
      return !answered.isEmpty();
    }

    @Override
    public String toString() {
      return "*";
    }
  }

  /** A text, to the letter. */
  record Text(String text) implements Cell {
    @Override
    public boolean matches(String answered) {
      return text.equals(answered);
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** One of these texts. */
  record OneOf(List<String> texts) implements Cell {
    @Override
    public boolean matches(String answered) {
      return texts.contains(answered);
    }

    @Override
    public String toString() {
      return String.join(" or ", texts);
    }
  }

  /** A number. */
  record Range(double low, double high) implements Cell {
    @Override
    public boolean matches(String answered) {
      try {
        double number = Double.parseDouble(answered);
        return low <= number && number <= high;
      } catch (NumberFormatException e) {
        return false;
      }
    }

    @Override
    public String toString() {
      return low == high ? number(low) : number(low) + ".." + number(high);
    }

    private static String number(double value) {
      return value == Math.rint(value)
          ? String.format(Locale.ROOT, "%.0f", value)
          : Double.toString(value);
    }
  }
}
