// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The script that makes the distribution, in a folder of its own and where no loopback is up, so
 * that no AOT cache can be made.
 */
@KernelTest
class AssembleIT {
  private static Path target;

  @BeforeAll
  static void create() throws IOException {
    target = Files.createTempDirectory("tcpotel-assemble").resolve("a target");
    Files.createDirectories(target.resolve("tcpotel-8/lib"));
    Files.copy(Distribution.builtJar(), target.resolve("merged.jar"));
    Files.writeString(target.resolve("tcpotel-8/lib/tcpotel-0-agent.aot"), "an older version's");
  }

  @AfterAll
  static void remove() {
    TestCommand.run("rm", "-r", target.getParent().toString());
  }

  private static String assemble() {
    String script = Path.of("src/distribution/assemble").toAbsolutePath().toString();
    return TestCommand.run(
        "unshare", "-n", script, System.getProperty("java.home"), target.toString(), "9");
  }

  @Test
  void withoutACacheItIsMadeAndRunsWithTheArchiveOfTheJdk() throws IOException {
    assertThat(assemble())
        .contains("no AOT cache could be made, tcpotel will take longer to start (log: " + target);
    try (Stream<Path> files = Files.list(target)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("merged.jar", "runtime", "tcpotel-9", "aot.log");
    }
    try (Stream<Path> files = Files.list(target.resolve("tcpotel-9/lib"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("tcpotel.jar", "jar-hash");
    }
    List<String> line = List.of(target + "/tcpotel-9/tcpotel", "--version");
    Map<String, String> archive = Map.of("TCPOTEL_JAVA_OPTS", "-Xshare:on");
    Expect.end(Program.start(archive, line), 0, "", "tcpotel " + Release.VERSION + "\n");
  }
}
