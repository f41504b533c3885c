// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code verify} up to the start of Maven. */
class VerifyTest {
  private Checkout checkout;

  @BeforeEach
  void create() throws IOException {
    checkout = Checkout.create();
    checkout.with("CI", "").with("TCPOTEL_REQUIRE_KERNEL", "");
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  private Program verify(List<String> words, String... arguments) {
    List<String> line = new ArrayList<>(words);
    line.add(checkout.root().resolve("verify").toString());
    line.addAll(List.of(arguments));
    return checkout.start(line);
  }

  private String mavenWith(String arguments) {
    return "in " + checkout.root() + ": mvn -B verify" + arguments + "\n";
  }

  @Test
  void handsItsArgumentsToMaven() {
    Expect.end(verify(List.of(), "-pl", "bpf", "-Dx=a b"), 0, "", mavenWith(" -pl bpf -Dx=a b"));
  }

  @ParameterizedTest
  @CsvSource({
    "--kernels, bpf/src/test/c/run",
    "--jcstress, jcstress/run",
    "--mutants, .config/mutants",
    "--fuzz, .config/fuzz"
  })
  void furtherChecksHaveScriptsOfTheirOwn(String option, String script) throws IOException {
    Checkout.executable(checkout.root().resolve(script), "echo \"$0: $1 $#\"");
    Expect.end(
        verify(List.of(), option, "a b"), 0, "", checkout.root() + "/" + script + ": a b 1\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          collector  | 3 | '' |   | 0
          collector  | 3 | 1  | verify: no Collector to test against, and TCPOTEL_REQUIRE_COLLECTOR is 1 | 3
          collector  | 1 | '' | verify: Collector did not build: the tests against it are skipped | 0
          prometheus | 3 | '' |   | 0
          prometheus | 3 | 1  | verify: no Prometheus to test against, and TCPOTEL_REQUIRE_PROMETHEUS is 1 | 3
          prometheus | 1 | '' | verify: Prometheus did not build: the tests against it are skipped | 0
          """)
  void aProgramThatCannotBeBuilt(
      String name, int buildCode, String require, String message, int code) throws IOException {
    Path build = checkout.root().resolve("otel-config").resolve(name).resolve("build");
    Checkout.executable(build, "echo build: reason >&2; exit " + buildCode);
    checkout.with("TCPOTEL_REQUIRE_" + name.toUpperCase(Locale.ROOT), require);
    String messages = "build: reason\n" + (message == null ? "" : message + "\n");
    Expect.end(verify(List.of()), code, messages, code == 0 ? mavenWith("") : "");
  }

  @Test
  void runsTheTestsWithBackendsAlone() {
    Expect.end(
        verify(List.of(), "--backends", "-Dx=a b"),
        0,
        "",
        "in "
            + checkout.root()
            + ": mvn -B test -pl exporter -am -Dgroups=backends -DexcludedGroups="
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dx=a b\n");
  }

  @Test
  void runsTheTestsOnARealNodeAloneAndSkipsNone() throws IOException {
    Path check = checkout.root().resolve("exporter/src/kubernetes/check");
    Checkout.executable(
        check, "echo \"$TCPOTEL_REQUIRE_KUBERNETES $TCPOTEL_COLLECTOR $1 $2 $#\"; exit 7");
    Expect.end(
        verify(List.of(), "--kubernetes", "--keep", "-Dx=a b"),
        7,
        "",
        "1 collector --keep -Dx=a b 2\n");
    Path collector = checkout.root().resolve("otel-config/collector/build");
    Checkout.executable(collector, "exit 3");
    Expect.end(
        verify(List.of(), "--kubernetes"),
        3,
        "verify: no Collector to test against, and TCPOTEL_REQUIRE_KUBERNETES is 1\n",
        "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector", "prometheus", "victorialogs", "jaeger"})
  void aBackendThatCannotBeBuilt(String name) throws IOException {
    Path build = checkout.root().resolve("otel-config").resolve(name).resolve("build");
    Checkout.executable(build, "exit 3");
    checkout.with("TCPOTEL_REQUIRE_BACKENDS", "1");
    try (Program program = verify(List.of(), "--backends")) {
      assertThat(program.await()).isEqualTo(3);
      assertThat(program.messages())
          .matches("verify: no \\w+ to test against, and TCPOTEL_REQUIRE_BACKENDS is 1\n")
          .containsIgnoringCase(" " + name + " ");
    }
  }

  @KernelTest
  @Test
  void demandsTheToolsOfKernelTestsAndTheFormatterWhereTheyMustNotBeSkipped() {
    List<String> files = List.of("/usr/bin/apt-get", "/usr/bin/perl", "/usr/bin/clang-format*");
    List<String> words = Machine.without(checkout, files);
    Expect.end(verify(words), 0, "", mavenWith(""));
    checkout.with("TCPOTEL_REQUIRE_KERNEL", "1").with("CI", "true");
    Expect.end(
        verify(words),
        3,
        """
        verify: missing: perl, clang-format-14
          on Debian and Ubuntu, as root: apt-get install perl clang-format-14
        """,
        "");
  }
}
