// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A copy of this repository, built by its launcher with the real tools and without a network, then
 * made read-only and used by others.
 */
@KernelTest
class RealBuildIT {
  private static final Duration BUILD_LIMIT = Duration.ofMinutes(5);
  private static final String VERSION = Release.NAME + " " + Release.VERSION + "\n";

  /** With loopback, over which the replay goes that the AOT caches are made of. */
  private static final List<String> OFFLINE =
      List.of("unshare", "-n", "sh", "-euc", "ip link set lo up; exec \"$@\"", "sh");

  private static Path folder;
  private static Path root;

  @BeforeAll
  static void copyAndBuild() throws Exception {
    folder = Files.createTempDirectory("tcpotel-launcher");
    root = Files.createDirectory(folder.resolve("a real check out"));
    TestCommand.run(
        "sh",
        "-euc",
        "cd ..; tar -c --exclude=target tcpotel LICENSE .config .clang-format pom.xml bench bpf jcstress proto exporter/pom.xml"
            + " exporter/src/main exporter/src/distribution | tar -x -C \"$0\"",
        root.toString());
    try (Program first = offline(List.of(root + "/tcpotel", "--version"))) {
      assertThat(first.await(BUILD_LIMIT)).as(first.messages()).isZero();
      assertThat(first.messages()).startsWith("tcpotel: builds: ").hasLineCount(1);
      assertThat(first.output()).isEqualTo(VERSION);
    }
    TestCommand.run("chmod", "-R", "a+rX,a-w", folder.toString());
  }

  @AfterAll
  static void remove() {
    if (folder != null) {
      TestCommand.run("rm", "-r", folder.toString());
    }
  }

  private static Program offline(List<String> words) {
    return Program.start(Map.of(), Stream.concat(OFFLINE.stream(), words.stream()).toList());
  }

  private static Program nobody(String... words) {
    return offline(Stream.concat(Checkout.as("nobody").stream(), Stream.of(words)).toList());
  }

  @Test
  void anybodyRunsItFromAnyFolder() {
    Expect.end(
        nobody("env", "-C", root + "/bpf", "HOME=/nowhere", "../tcpotel", "--version"),
        0,
        "",
        VERSION);
  }

  @Test
  void theSameSourcesMakeTheSameBuild() {
    Path id = Path.of("target/classes/io/tcpotel/build-id");
    assertThat(root.resolve("exporter").resolve(id)).hasSameTextualContentAs(id);
  }
}
