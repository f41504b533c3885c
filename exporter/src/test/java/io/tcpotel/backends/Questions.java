// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;

/** All questions, as chapters of docs/questions.md. */
final class Questions {
  /** Questions that belong together. */
  record Chapter(String title, List<Question> questions) {}

  static final List<Chapter> CHAPTERS =
      List.of(
          new Chapter("How many, how fast, how long", MetricQuestions.ALL),
          new Chapter("The state of connections, paths and agents", StateQuestions.ALL),
          new Chapter("Which connections", LogQuestions.ALL),
          new Chapter("What is open now", LiveQuestions.ALL),
          new Chapter("From a number to both ends", TraceQuestions.ALL));

  static final List<Question> ALL =
      CHAPTERS.stream().flatMap(chapter -> chapter.questions().stream()).toList();

  private Questions() {}
}
