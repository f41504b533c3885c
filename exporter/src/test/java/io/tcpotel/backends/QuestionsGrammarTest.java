// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.BackendsTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries for a backend that may not be here, against the published grammars. */
@BackendsTest
class QuestionsGrammarTest {
  private static final int MISSING = 3;

  /** For the names where a grammar wants a number or a time. */
  private static final Map<String, String> GIVEN =
      Map.of("seconds", "0.5", "quantile", "0.99", "window", "5m");

  @TempDir private Path folder;

  private record Ran(int code, String output) {}

  private Ran run(String input, String... command) throws IOException, InterruptedException {
    Path in = Files.writeString(folder.resolve("in"), input);
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectInput(in.toFile())
            .start();
    String output = new String(process.getInputStream().readAllBytes());
    return new Ran(process.waitFor(), output);
  }

  private static boolean hasGrammar(Query query) {
    return (query.backend() == Backend.LOKI || query.backend() == Backend.PROMETHEUS)
        && !query.text().startsWith("/");
  }

  private static String line(Query query) {
    String language = query.backend().language().toLowerCase(Locale.ROOT);
    return language + '\t' + query.with(GIVEN).replaceAll("\\s+", " ");
  }

  @Test
  void logqlAndPromqlAreOfTheirGrammars() throws IOException, InterruptedException {
    Ran build = run("", "../otel-config/grafana/check/build");
    if (build.code() == MISSING && !"1".equals(System.getenv("TCPOTEL_REQUIRE_BACKENDS"))) {
      Assumptions.abort("without Go or npm there are no grammars");
    }
    assertThat(build.code()).isZero();
    List<String> lines =
        Questions.ALL.stream()
            .flatMap(question -> question.queries().stream())
            .filter(QuestionsGrammarTest::hasGrammar)
            .map(QuestionsGrammarTest::line)
            .toList();
    String grammar = Path.of(build.output().strip(), "grammar.mjs").toString();
    Ran ran = run(lines.stream().collect(Collectors.joining("\n", "", "\n")), "node", grammar);
    assertThat(ran.code()).as(ran.output()).isZero();
    assertThat(ran.output()).contains(lines.size() + " of " + lines.size());
  }
}
