// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code verify} does before Maven begins. */
class VerifyTest {
  private Checkout checkout;

  @BeforeEach
  void create() throws IOException {
    checkout = Checkout.create();
    // As optional as it is, root would install it.
    Checkout.executable(checkout.program("clang-format-14"), "exit");
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  private Program verify(Map<String, String> variables, List<String> words, String... arguments) {
    variables.forEach(checkout::with);
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
    Expect.end(
        verify(Map.of(), List.of(), "-pl", "bpf", "-Dx=a b"), 0, "", mavenWith(" -pl bpf -Dx=a b"));
  }

  @Test
  void fromAnotherFolderThroughASymbolicLink() throws IOException {
    Path link = checkout.folder().resolve("links/verify it");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of("../a check out/verify"));
    List<String> line = List.of("env", "-C", link.getParent().toString(), "./verify it");
    Expect.end(checkout.with("CDPATH", "/").start(line), 0, "", mavenWith(""));
  }

  @Test
  void helpNeedsNothing() {
    try (Program program = verify(Map.of("JAVA_HOME", "/nowhere"), List.of(), "--help")) {
      assertThat(program.await()).isZero();
      assertThat(program.output()).startsWith("Usage: ./verify [OPTION OF MAVEN]...\n");
    }
  }

  @Test
  void withoutGoTheCollectorsTestsAreSkipped() throws IOException {
    Path build = checkout.root().resolve("otel-config/collector/build");
    Checkout.executable(build, "echo build: no Go >&2; exit 3");
    Expect.end(verify(Map.of(), List.of()), 0, "build: no Go\n", mavenWith(""));
  }

  @Test
  void withoutGoItFailsWhereTheCollectorIsRequired() throws IOException {
    Path build = checkout.root().resolve("otel-config/collector/build");
    Checkout.executable(build, "echo build: no Go >&2; exit 3");
    Expect.end(
        verify(Map.of("TCPOTEL_REQUIRE_COLLECTOR", "1"), List.of()),
        3,
        "build: no Go\n"
            + "verify: no Collector to test against, and TCPOTEL_REQUIRE_COLLECTOR is 1\n",
        "");
  }

  @Test
  void aCollectorThatDoesNotBuildIsSaid() throws IOException {
    Path build = checkout.root().resolve("otel-config/collector/build");
    Checkout.executable(build, "echo build: main.go:3 >&2; exit 1");
    Expect.end(
        verify(Map.of(), List.of()),
        0,
        "build: main.go:3\n"
            + "verify: the Collector did not build: the tests against it are skipped\n",
        mavenWith(""));
  }

  @KernelTest
  @Test
  void namesWhatIsMissing() throws IOException {
    Files.delete(checkout.program("mvn"));
    List<String> files = new ArrayList<>(Machine.JDKS);
    files.addAll(List.of("/usr/bin/mvn", "/usr/bin/apt-get", "/usr/bin/ip", "/usr/sbin/ip"));
    Expect.end(
        verify(Map.of("JAVA_HOME", "/nowhere"), Machine.without(checkout, files)),
        3,
        """
        verify: missing: JDK 25, Maven, ip and ss
          to install, as root: apt-get install maven iproute2
          (names of Debian and Ubuntu; other distributions have similar ones)
          JDK 25: from https://adoptium.net or https://jdk.java.net/25; it is found through $JAVA_HOME,
          on the PATH, in /usr/lib/jvm, /opt and ~/.sdkman
        """,
        "");
  }

  @KernelTest
  @Test
  void anInstallationOfWhatIsOptionalIsNoCondition() throws IOException {
    Files.delete(checkout.program("clang-format-14"));
    checkout.install("apt-get");
    checkout.install("apt-cache");
    List<String> without = Machine.without(checkout, List.of("/usr/bin/clang-format-14"));
    Expect.end(verify(Map.of(), without), 0, "", mavenWith(""));
    assertThat(checkout.installed()).isEmpty();
    Files.createDirectories(checkout.packages().resolve("clang-format-14"));
    Expect.end(
        verify(Map.of(), without),
        0,
        "verify: installs clang-format-14\n"
            + "E: Unable to unpack clang-format-14\n"
            + "verify: apt-get could not install clang-format-14\n",
        mavenWith(""));
  }
}
