// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each target under Jazzer, in a process of its own: its corpus, and a number of inputs that Jazzer
 * makes of it. {@code ./verify --fuzz TARGET SECONDS} runs one for longer, and keeps what it finds.
 */
class FuzzTest {
  private static final Path WORK = Path.of("target/fuzz").toAbsolutePath();
  private static final long SECONDS = Long.getLong("tcpotel.fuzz.seconds", 0);
  private static final String SEED = System.getProperty("tcpotel.seed", "1");

  static List<Target> targets() {
    String asked = System.getProperty("tcpotel.fuzz.target");
    return asked == null
        ? List.of(Target.values())
        : List.of(Target.valueOf(asked.toUpperCase(Locale.ROOT)));
  }

  private static List<String> command(Target target) throws IOException {
    Path found = Files.createDirectories(WORK.resolve(target.title()));
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:+UseSerialGC", "-Xmx512m", "-XX:+EnableDynamicAgentLoading"));
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path")));
    line.add("com.code_intelligence.jazzer.Jazzer");
    line.add("--target_class=" + target.code().getName());
    line.add("--instrumentation_includes=io.tcpotel.**");
    line.add("--custom_hook_includes=io.tcpotel.**");
    line.add("--reproducer_path=" + WORK);
    line.add("-artifact_prefix=" + WORK + "/" + target.title() + "-");
    line.add("-timeout=20");
    // Java's limit is -Xmx; libFuzzer's, 2 GiB, counts the mapped tables of coverage, nearly as
    // much.
    line.add("-rss_limit_mb=0");
    line.add("-seed=" + SEED);
    line.add(SECONDS == 0 ? "-runs=" + target.runs() : "-max_total_time=" + SECONDS);
    line.add(found.toString()); // the first directory gets the new inputs
    line.add(target.corpus().toString());
    return line;
  }

  @ParameterizedTest
  @MethodSource("targets")
  void nothingThatComesFromOutsideIsTakenForADefect(Target target) throws IOException {
    try (Program jazzer = Program.start(Map.of(), command(target))) {
      int exitCode = jazzer.await(Duration.ofSeconds(SECONDS + 300));
      assertThat(exitCode).as(jazzer.output() + jazzer.messages()).isZero();
      assertThat(jazzer.messages()).contains("Done ");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCorpusIsThereAndSmall(Target target) throws IOException {
    long bytes = 0;
    try (var files = Files.list(target.corpus())) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat(bytes).isBetween(1L, 64L << 10);
  }
}
