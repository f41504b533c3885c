// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher of a distribution, apart from any checkout: where it lies and what it starts. */
class DistributionTest {
  private static final String USER = System.getProperty("user.name");
  private static final String COMPILER_OF_AGENT = "-XX:TieredStopAtLevel=1";

  private Checkout checkout;
  private Path distribution;

  @BeforeEach
  void move() throws IOException {
    checkout = Checkout.create();
    try (Program first = checkout.tcpotel()) {
      assertThat(first.await()).as(first.messages()).isZero();
    }
    distribution = checkout.folder().resolve("any folder/of any name");
    Files.createDirectories(distribution.getParent());
    Files.move(checkout.distribution(), distribution);
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  private Program from(Path folder, String... command) {
    List<String> line = new ArrayList<>(List.of("env", "-C", folder.toString()));
    line.addAll(List.of(command));
    return checkout.start(line);
  }

  private Program distribution(String... arguments) {
    List<String> line = new ArrayList<>(List.of(distribution + "/tcpotel"));
    line.addAll(List.of(arguments));
    return checkout.start(line);
  }

  private List<String> commandLine(String... arguments) {
    checkout.with("STAND_IN_COMMAND_LINE", "1");
    try (Program program = distribution(arguments)) {
      assertThat(program.await()).as(program.messages()).isZero();
      return program.outputLines();
    }
  }

  private static void expect(Program program, String output) {
    Expect.end(program, 0, "", output);
  }

  @Test
  void fromAnyFolderThroughLinksAndByThePath() throws IOException {
    Path bin = Files.createDirectories(checkout.folder().resolve("bin"));
    Files.createSymbolicLink(bin.resolve("tcpotel"), Path.of("link"));
    Files.createSymbolicLink(bin.resolve("link"), Path.of("../any folder/of any name/tcpotel"));
    Files.createSymbolicLink(bin.resolve("folder"), distribution);
    expect(from(bin, "./tcpotel", "x"), USER + ": whole [x]\n");
    expect(from(bin, "folder/tcpotel"), USER + ": whole\n");
    expect(from(distribution, "./tcpotel", "a b", ""), USER + ": whole [a b] []\n");
    expect(from(distribution, "sh", "tcpotel"), USER + ": whole\n");
    expect(
        from(Path.of("/"), "env", "PATH=" + bin + ":/usr/bin:/bin", "tcpotel"), USER + ": whole\n");
  }

  @Test
  void startsTheJavaAndTheJarBesideIt() {
    assertThat(commandLine("run", "--for", "1s"))
        .contains(distribution + "/runtime/bin/java")
        .endsWith("-jar", distribution + "/lib/tcpotel.jar", "run", "--for", "1s");
  }

  @ParameterizedTest
  @CsvSource({
    "run, '', true",
    "tail, '', true",
    "--version, '', true",
    "replay, '', false",
    "sink, '', false",
    "run, throughput, false",
    "sink, agent, true"
  })
  void theOptionsOfTheJvmFitTheCommand(String command, String variable, boolean isAgent) {
    checkout.with("TCPOTEL_JVM", variable).with("TCPOTEL_JAVA_OPTS", "-Xmx1g  -Dfiles=*");
    List<String> line = commandLine(command);
    assertThat(line.contains(COMPILER_OF_AGENT)).isEqualTo(isAgent);
    assertThat(line.contains("MALLOC_ARENA_MAX=1")).isEqualTo(isAgent);
    assertThat(line).contains("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED");
    assertThat(line).contains("-XX:+DisableAttachMechanism", "-XX:+DisplayVMOutputToStderr");
    assertThat(line)
        .endsWith("-Xmx1g", "-Dfiles=*", "-jar", distribution + "/lib/tcpotel.jar", command);
  }

  @Test
  void theBenchmarksHaveTheSameOptionsOfNetty() throws IOException {
    checkout.with("root", Path.of("..").toAbsolutePath().toString());
    String print = "source ../bench/benchmarks.sh; printf '%s\\n' \"${benchmark_options[@]}\"";
    try (Program script = checkout.start(List.of("bash", "-euc", print))) {
      assertThat(script.await()).as(script.messages()).isZero();
      assertThat(nettys(script.outputLines()))
          .isNotEmpty()
          .isEqualTo(nettys(commandLine("run")))
          .isEqualTo(nettys(commandLine("replay")));
      assertThat(script.outputLines()).contains("--add-opens=" + opened() + "=ALL-UNNAMED");
    }
  }

  /** The package that the manifest of the jar opens to the classes in it. */
  private static String opened() throws IOException {
    Matcher entry =
        Pattern.compile("<Add-Opens>(.*)</Add-Opens>")
            .matcher(Files.readString(Path.of("pom.xml")));
    assertThat(entry.find()).isTrue();
    return entry.group(1);
  }

  private static List<String> nettys(List<String> commandLine) {
    return commandLine.stream().filter(word -> word.startsWith("-Dio.netty.")).toList();
  }

  @Test
  void noExecveGrantsAPrivilege() {
    assertThat(commandLine("run")).contains("NoNewPrivs:\t1");
  }

  @Test
  void noOptionsForEveryJvmReachThisOne() {
    List<String> names = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");
    names.forEach(name -> checkout.with(name, "-javaagent:/injected.jar"));
    checkout.with("JAVA_HOME", "/nowhere");
    assertThat(commandLine("run"))
        .contains("JAVA_HOME=/nowhere")
        .noneMatch(line -> line.contains("injected"));
  }

  private Path writeCache(String hash, String profile) throws IOException {
    Path cache = distribution.resolve("lib/tcpotel-" + hash + "-" + profile + ".aot");
    return Files.writeString(cache, "cache");
  }

  @Test
  void takesTheCacheOfItsJarAndProfile() throws IOException {
    Files.writeString(distribution.resolve("lib/jar-hash"), "0123456789abcdef\n");
    Path agent = writeCache("0123456789abcdef", "agent");
    writeCache("fedcba9876543210", "throughput");
    assertThat(commandLine("run")).contains("-XX:AOTCache=" + agent);
    assertThat(commandLine("replay")).noneMatch(option -> option.startsWith("-XX:AOTCache"));
    Path throughput = writeCache("0123456789abcdef", "throughput");
    assertThat(commandLine("replay")).contains("-XX:AOTCache=" + throughput);
    Files.delete(distribution.resolve("lib/jar-hash"));
    assertThat(commandLine("run")).noneMatch(option -> option.startsWith("-XX:AOTCache"));
  }

  @Test
  void aProfileThatIsNoneIsRefused() {
    checkout.with("TCPOTEL_JVM", "fast");
    Expect.end(
        distribution("run"), 2, "tcpotel: TCPOTEL_JVM is agent or throughput, not fast\n", "");
  }
}
