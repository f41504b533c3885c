// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** One line of an account: the terms on its left must have the sum of those on its right. */
public final class Equation {
  private final String name;
  private final List<Term> left = new ArrayList<>();
  private final List<Term> right = new ArrayList<>();

  /**
   * One number.
   *
   * @param label its name; empty if the equation's name says it
   * @param isRare whether a zero is of no interest to people
   */
  public record Term(String label, long value, boolean isRare) {
    private boolean isShown() {
      return value != 0 || !isRare;
    }

    private Term plus(Term other) {
      return new Term(label, value + other.value, isRare);
    }

    @Override
    public String toString() {
      return label.isEmpty() ? Long.toString(value) : label + " " + value;
    }
  }

  private Equation(String name) {
    this.name = name;
  }

  public static Equation of(String name, String label, long value) {
    Equation equation = new Equation(name);
    equation.left.add(new Term(label, value, false));
    return equation;
  }

  /** The equation whose terms are the sums of those of {@code equations}, which are alike. */
  static Equation sum(String name, List<Equation> equations) {
    Equation sum = new Equation(name);
    addUp(sum.left, equations.stream().map(equation -> equation.left).toList());
    addUp(sum.right, equations.stream().map(equation -> equation.right).toList());
    return sum;
  }

  private static void addUp(List<Term> sums, List<List<Term>> terms) {
    for (int i = 0; i < terms.getFirst().size(); i++) {
      int column = i;
      sums.add(terms.stream().map(row -> row.get(column)).reduce(Term::plus).orElseThrow());
    }
  }

  /** Adds a term on the left that is seldom more than zero. */
  Equation plus(String label, long value) {
    left.add(new Term(label, value, true));
    return this;
  }

  public Equation part(String label, long value) {
    right.add(new Term(label, value, false));
    return this;
  }

  /** Adds a part that is seldom more than zero. */
  public Equation rare(String label, long value) {
    right.add(new Term(label, value, true));
    return this;
  }

  public String name() {
    return name;
  }

  public boolean closes() {
    return sum(left) == sum(right);
  }

  private static long sum(List<Term> terms) {
    return terms.stream().mapToLong(Term::value).sum();
  }

  /** The left side for people, without rare terms that are zero. */
  public String left() {
    return left.stream()
        .filter(Term::isShown)
        .map(Term::toString)
        .collect(Collectors.joining(" + "));
  }

  /** The terms of the right side for people, without rare ones that are zero. */
  public List<Term> right() {
    return right.stream().filter(Term::isShown).toList();
  }

  /** All terms, also those that are zero. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%-14s %s = %s", name, join(left), join(right));
  }

  private static String join(List<Term> terms) {
    return terms.stream().map(Term::toString).collect(Collectors.joining(" + "));
  }
}
