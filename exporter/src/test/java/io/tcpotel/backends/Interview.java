// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.testing.Await;
import java.time.Duration;
import java.util.List;

/**
 * Asks the backends a question until the answer is the true one, and prints one line for each: what
 * was asked, expected and answered. What a backend shows late it shows within {@link #PATIENCE}.
 */
final class Interview {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PAUSE_MS = 250;

  private final AskedBackends backends;

  Interview(AskedBackends backends) {
    this.backends = backends;
  }

  /** Fails if the answer stays another one; a backend that is not there is named in the line. */
  void ask(Question question, Query query, Expected expected) {
    if (!backends.has(query.backend())) {
      print(question, query, expected, "not asked: there is no " + query.backend().product());
      return;
    }
    List<List<String>> answer = awaitTrue(question, query, expected);
    boolean isTrue = expected.isAnsweredBy(answer, question.comparison());
    print(question, query, expected, (isTrue ? "answered " : "WRONG: answered ") + answer);
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

  private List<List<String>> awaitTrue(Question question, Query query, Expected expected) {
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    List<List<String>> answer = backends.ask(query, expected.given());
    while (!expected.isAnsweredBy(answer, question.comparison())
        && System.nanoTime() - deadlineNs < 0) {
      Await.pause(PAUSE_MS);
      answer = backends.ask(query, expected.given());
    }
    return answer;
  }

  private static void print(Question question, Query query, Expected expected, String answered) {
    System.out.printf(
        "question %s, %s: expected %s, %s%n",
        question.id(), query.backend().product(), expected.rows(), answered);
  }
}
