// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.backends.PanelQuery.Language;
import io.tcpotel.testing.BackendsTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dashboards and their queries against the published fields of Grafana and grammars. */
@BackendsTest
class DashboardGrammarTest {
  private static final int MISSING = 3;

  /** Of two names of labels, none of which may be a fault. */
  private static final List<String> DOTS = List.of("_", ".");

  private static Path folder;

  @TempDir private Path temporary;

  @BeforeAll
  static void build() throws IOException {
    Ran build = Ran.of(List.of(DashboardsReferenceTest.FOLDER + "/check/build"), "");
    if (build.code() == MISSING && !"1".equals(System.getenv("TCPOTEL_REQUIRE_BACKENDS"))) {
      Assumptions.abort("without Go or npm there is no check of dashboards");
    }
    assertThat(build.code()).as(build.output()).isZero();
    folder = Path.of(build.output().strip().lines().reduce("", (a, b) -> b));
  }

  /** A command, its code, and all that it printed. */
  private record Ran(int code, String output) {
    static Ran of(List<String> command, String input) throws IOException {
      Path in = Files.createTempFile("tcpotel", ".txt");
      try {
        Files.writeString(in, input);
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(in.toFile())
                .start();
        String output = new String(process.getInputStream().readAllBytes());
        return new Ran(process.waitFor(), output);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      } finally {
        Files.delete(in);
      }
    }
  }

  private Ran fields(Path... files) throws IOException {
    List<String> command = new ArrayList<>(List.of(folder.resolve("fields").toString()));
    for (Path file : files) {
      command.add(file.toString());
    }
    return Ran.of(command, "");
  }

  private Ran grammar(String lines) throws IOException {
    return Ran.of(List.of("node", folder.resolve("grammar.mjs").toString()), lines);
  }

  private static Path[] files() {
    return Dashboard.ALL.stream()
        .map(each -> DashboardsReferenceTest.FOLDER.resolve("loki").resolve(each.file() + ".json"))
        .toArray(Path[]::new);
  }

  @Test
  void fieldsAndGrammarsHold() throws IOException {
    Ran read = fields(files());
    assertThat(read.code()).as(read.output()).isZero();
    long expected =
        Dashboard.ALL.stream()
            .flatMap(Dashboard::panels)
            .flatMap(panel -> panel.queries().stream())
            .filter(query -> query.language() != Language.LOGSQL)
            .count();
    assertThat(read.output().lines()).hasSize((int) expected);
    for (String dot : DOTS) {
      Ran ran = grammar(PanelQueryValues.in(read.output(), Map.of("dot", dot)));
      assertThat(ran.code()).as(ran.output()).isZero();
      System.out.print("dashboards, names with " + dot + ": " + ran.output());
    }
  }

  @Test
  void theFieldsOfTheOtherStoreHold() throws IOException {
    for (Dashboard each : Dashboard.ALL) {
      Ran read =
          fields(DashboardsReferenceTest.FOLDER.resolve("victorialogs/" + each.file() + ".json"));
      assertThat(read.code()).as(read.output()).isZero();
    }
  }

  @Test
  void aFieldThatGrafanaDoesNotHaveIsFound() throws IOException {
    String text = Files.readString(files()[0]);
    Path wrong = temporary.resolve("wrong.json");
    Files.writeString(wrong, text.replaceFirst("\"gridPos\"", "\"gridPosition\""));
    assertThat(fields(wrong).code()).isEqualTo(1);
  }

  @Test
  void aQueryOutsideOfItsGrammarIsFound() throws IOException {
    String wrong =
        List.of("promql\tsum by (a) (rate(b[5m])", "logql\t{a=\"b\"} | unwrap").stream()
            .collect(Collectors.joining("\n"));
    Ran ran = grammar(wrong);
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.output()).contains("no promql", "no logql");
  }
}
