// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The two commands of otel-config/README.md, from nothing to an answer. They run in a copy of this
 * repository, whose launcher starts the program under test: the real one might build it while this
 * test runs from the same folder.
 */
@KernelTest
@BackendsTest
@Timeout(Await.TEST_SECONDS)
class TryAndAskKernelTest {
  private final RunningPrograms programs = new RunningPrograms();
  @TempDir private Path copy;

  @BeforeEach
  void copy() throws IOException {
    for (String part : List.of("otel-config", ".config", "docs")) {
      TestCommand.run("cp", "-r", "../" + part, copy.toString());
    }
    String command =
        Program.commandLine().stream()
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    Path launcher = copy.resolve("tcpotel");
    Files.writeString(launcher, "#!/bin/sh\nexec " + command + " \"$@\"\n");
    Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @AfterEach
  void end() {
    programs.close();
  }

  private String command(String name) {
    return copy.resolve("otel-config").resolve(name).toString();
  }

  /** The true answer too: {@code try} connects three times to port 1, where nobody listens. */
  private JsonElement shownInReadme() throws IOException {
    return Files.readAllLines(copy.resolve("otel-config/README.md")).stream()
        .filter(line -> line.startsWith("{\"connections\":\"3\""))
        .map(JsonParser::parseString)
        .findFirst()
        .orElseThrow();
  }

  private Program ask(String... question) {
    List<String> words = new ArrayList<>(List.of(command("ask")));
    words.addAll(List.of(question));
    Program ask = programs.start(words);
    assertThat(ask.await()).as(ask.messages()).isZero();
    return ask;
  }

  private void awaitAnswer(String question, Predicate<String> isRow) {
    Await.until(
        "the row among the answers to " + question,
        () -> {
          Await.pause(250);
          return ask(question).outputLines().stream().anyMatch(isRow);
        });
  }

  @Test
  void leadFromNothingToTheAnswer() throws IOException {
    Program running =
        programs.start(
            List.of(
                command("try"),
                "--scope=cgroup:" + programs.cgroup().path(),
                "--filter-netns=" + programs.namespace().name()));
    try {
      running.awaitMessage("ready\\. Ask in another terminal, as: otel-config/ask failed-pairs");
      JsonElement shown = shownInReadme();
      awaitAnswer("failed-pairs", line -> JsonParser.parseString(line).equals(shown));
      awaitAnswer("failures-by-reason", line -> line.contains("\"server_port\":\"1\""));
    } finally {
      running.signal("TERM");
      running.await();
    }
    assertThat(running.await()).as("ended by the signal").isEqualTo(130);
  }

  @Test
  void asksEachQuestionOfThePage() {
    assertThat(ask().outputLines())
        .extracting(line -> line.split(" ")[0])
        .containsExactlyElementsOf(Questions.ALL.stream().map(Question::id).toList());
  }
}
