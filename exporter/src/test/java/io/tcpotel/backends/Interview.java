// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Asks the backends a question until the answer is the true one, and prints one line for each: what
 * was asked, expected and answered. What a backend shows late it shows within {@link #PATIENCE}.
 */
final class Interview {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PAUSE_MS = 250;
  private static final Path ASKED = Path.of("target", "questions-asked");

  private final AskedBackends backends;

  Interview(AskedBackends backends) {
    this.backends = backends;
  }

  /** Fails if the answer stays another one; a backend that is not there is named in the line. */
  void ask(Question question, Query query, Supplier<Expected> truth) {
    Expected expected = truth.get();
    if (!backends.has(query.backend())) {
      print(question, query, expected, "not asked: there is no " + query.backend().product());
      note(question, query, "none");
      return;
    }
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    List<List<String>> answer = backends.ask(query, expected.given());
    while (!expected.isAnsweredBy(answer, question.comparison())
        && System.nanoTime() - deadlineNs < 0) {
      Await.pause(PAUSE_MS);
      expected = truth.get();
      answer = backends.ask(query, expected.given());
    }
    boolean isTrue = expected.isAnsweredBy(answer, question.comparison());
    print(question, query, expected, (isTrue ? "answered " : "WRONG: answered ") + answer);
    note(question, query, isTrue ? "answered" : "wrong");
    if (!isTrue) {
      fail(
          "%s, %s\n%s\nexpected (%s) %s\nbut was  %s",
          question.words(),
          query.backend().product(),
          query.with(expected.given()),
          question.comparison().words(),
          expected.rows(),
          answer);
    }
  }

  /** For the summary of {@code ./verify --backends}, where all of a run are together. */
  private static void note(Question question, Query query, String outcome) {
    String line = String.join("\t", question.id(), query.backend().product(), outcome) + "\n";
    try {
      Files.writeString(ASKED, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void print(Question question, Query query, Expected expected, String answered) {
    System.out.printf(
        "question %s, %s: expected %s, %s%n",
        question.id(), query.backend().product(), expected.rows(), answered);
  }
}
