// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/**
 * docs/questions.md is the table of questions; with {@code -Dgolden.update} it is written anew, and
 * the test fails, so that nobody leaves that on.
 */
class QuestionsReferenceTest {
  private static final Path PAGE = Path.of("../docs/questions.md");
  private static final Path HEAD = Path.of("src/test/resources/questions-head.md");

  private static String page() throws IOException {
    StringBuilder page = new StringBuilder(Files.readString(HEAD));
    for (Questions.Chapter chapter : Questions.CHAPTERS) {
      page.append("\n## ").append(chapter.title()).append('\n');
      chapter.questions().forEach(question -> append(page, question));
    }
    return page.toString();
  }

  private static void append(StringBuilder page, Question question) {
    page.append("\n### ").append(question.words()).append("\n\n").append(question.reading());
    page.append("\n(Test `")
        .append(question.id())
        .append("`: ")
        .append(question.comparison().words())
        .append(".)\n");
    for (Query query : question.queries()) {
      page.append('\n')
          .append(query.backend().product())
          .append(", ")
          .append(query.text().startsWith("/") ? "its API" : query.backend().language())
          .append(":\n\n```")
          .append(query.backend().language().toLowerCase(Locale.ROOT).replace("its api", ""))
          .append('\n')
          .append(query.text())
          .append("\n```\n");
    }
  }

  @Test
  void thePageSaysWhatTheTableSays() throws IOException {
    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, page());
      fail("written anew: " + PAGE);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page());
  }

  @Test
  void eachQuestionHasAnIdOfItsOwn() {
    assertThat(Questions.ALL).extracting(Question::id).doesNotHaveDuplicates();
  }
}
