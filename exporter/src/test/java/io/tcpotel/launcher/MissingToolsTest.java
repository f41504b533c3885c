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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Machines that lack tools: what is missing is named all at once, or installed by root. */
@KernelTest
class MissingToolsTest {
  private static final List<String> APT = List.of("/usr/bin/apt-get", "/usr/bin/apt-cache");
  private static final String OTHER_NAMES =
      "  (names of Debian and Ubuntu; other distributions have similar ones)\n";
  private static final String GET_JDK =
      """
        JDK 25: from https://adoptium.net or https://jdk.java.net/25; it is found through $JAVA_HOME,
        on the PATH, in /usr/lib/jvm, /opt and ~/.sdkman
      """;

  private Checkout checkout;

  @BeforeEach
  void create() throws IOException {
    checkout = Checkout.create();
    checkout.with("JAVA_HOME", "/nowhere");
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  /** The launcher where {@code files} are missing. */
  private Program without(List<String> files, String... arguments) {
    return checkout.behind(Machine.without(checkout, files), arguments);
  }

  private static List<String> and(List<String> some, String... more) {
    return Stream.concat(some.stream(), Stream.of(more)).toList();
  }

  private static void missing(Program program, String message) {
    Expect.end(program, 3, "tcpotel: missing: " + message, "");
  }

  private void removeStandIns(String... names) throws IOException {
    for (String name : names) {
      Files.delete(checkout.program(name));
    }
  }

  private void installApt(String... packages) throws IOException {
    checkout.install("apt-get");
    checkout.install("apt-cache");
    for (String name : packages) {
      Files.createDirectories(checkout.packages().resolve(name));
    }
  }

  private static final List<String> ALL =
      Stream.of(
              Machine.JDKS.stream(),
              APT.stream(),
              Stream.of("/usr/bin/mvn", "/usr/bin/clang*", "/usr/bin/llvm-strip*"),
              Stream.of("/usr/include/bpf", "/usr/lib/libbpf.so*", "/usr/lib/*/libbpf.so*"))
          .flatMap(list -> list)
          .toList();

  @Test
  void everythingAtOnceWithoutApt() throws IOException {
    removeStandIns("mvn", "clang", "llvm-strip");
    missing(
        without(ALL),
        "JDK 25, Maven, clang 14 or newer, llvm-strip, libbpf's headers, libbpf.so.1\n"
            + "  to install, as root: apt-get install maven clang llvm libbpf-dev libbpf1\n"
            + OTHER_NAMES
            + GET_JDK);
    assertThat(checkout.builds()).isEmpty();
  }

  @Test
  void everythingAtOnceForAnOrdinaryUserWhereAptHasAJdk() throws IOException {
    removeStandIns("mvn", "clang", "llvm-strip");
    installApt("temurin-25-jdk");
    List<String> line = new ArrayList<>(Machine.without(checkout, ALL));
    line.addAll(Checkout.as("nobody"));
    checkout.giveTo("nobody");
    missing(
        checkout.behind(line),
        "JDK 25, Maven, clang 14 or newer, llvm-strip, libbpf's headers, libbpf.so.1\n"
            + "  to install, as root: apt-get install temurin-25-jdk maven clang llvm libbpf-dev"
            + " libbpf1\n");
    assertThat(checkout.installed()).isEmpty();
  }

  @Test
  void distributionsOwnJdkComesFirst() throws IOException {
    installApt("temurin-25-jdk", "openjdk-25-jdk-headless");
    List<String> line = new ArrayList<>(Machine.without(checkout, Machine.JDKS));
    line.addAll(Checkout.as("nobody"));
    checkout.giveTo("nobody");
    missing(
        checkout.behind(line),
        "JDK 25\n  to install, as root: apt-get install openjdk-25-jdk-headless\n");
  }

  @Test
  void anOlderJdkIsNone() throws IOException {
    Path old = checkout.installJdk("old", "24.0.1");
    checkout.installJdk("home/.sdkman/candidates/java/17", "17.0.15");
    checkout.with("JAVA_HOME", old.toString());
    missing(without(and(APT, Machine.JDKS.toArray(String[]::new))), "JDK 25\n" + GET_JDK);
  }

  @Test
  void aJavaWithoutCompilerDoesNotBuild() throws IOException {
    Path jre = checkout.installJdk("jre", "25");
    Files.delete(jre.resolve("bin/javac"));
    checkout.with("JAVA_HOME", jre.toString());
    List<String> bare = and(APT, Machine.JDKS.toArray(String[]::new));
    missing(without(bare), "JDK 25\n" + GET_JDK);
  }

  @Test
  void aJdkOfSdkmanIsFound() throws IOException {
    checkout.installJdk("sdk/.sdkman/candidates/java/25-tem", "25.0.1");
    checkout.with("HOME", checkout.program("../sdk").toRealPath().toString());
    try (Program program = without(Machine.JDKS)) {
      assertThat(program.await()).as(program.messages()).isZero();
    }
  }

  @Test
  void whatIsBuiltNeedsNoTools() throws IOException {
    checkout.with("JAVA_HOME", checkout.program("../jdk").toRealPath().toString());
    try (Program builds = checkout.tcpotel()) {
      assertThat(builds.await()).as(builds.messages()).isZero();
    }
    removeStandIns("mvn", "clang", "llvm-strip");
    checkout.with("JAVA_HOME", "");
    Expect.end(without(ALL, "x"), 0, "", "root: whole [x]\n");
  }

  @Test
  void aClangThatIsTooOldOrWronglyNamed() throws IOException {
    checkout.with("JAVA_HOME", checkout.program("../jdk").toRealPath().toString());
    Checkout.executable(checkout.program("clang"), "echo Debian clang version 13.0.1");
    List<String> bare = and(APT, "/usr/bin/clang*");
    String install = "  to install, as root: apt-get install clang\n" + OTHER_NAMES;
    missing(without(bare), "clang 14 or newer\n" + install);
    checkout.with("CLANG", "/no/clang");
    missing(without(bare), "clang 14 or newer ($CLANG is /no/clang)\n" + install);
    Checkout.executable(checkout.program("clang-19"), "echo Ubuntu clang version 19.1.7");
    missing(without(bare), "clang 14 or newer ($CLANG is /no/clang)\n" + install);
    checkout.with("CLANG", "");
    try (Program program = without(bare)) {
      assertThat(program.await()).as(program.messages()).isZero();
    }
  }

  @Test
  void rootInstallsWhatIsMissingAndGoesOn() throws IOException {
    checkout.with("JAVA_HOME", checkout.program("../jdk").toRealPath().toString());
    installApt("maven", "clang", "llvm");
    Files.move(checkout.program("mvn"), checkout.packages().resolve("maven/mvn"));
    Files.move(checkout.program("clang"), checkout.packages().resolve("clang/clang"));
    Files.move(checkout.program("llvm-strip"), checkout.packages().resolve("llvm/llvm-strip"));
    Expect.end(
        without(List.of("/usr/bin/mvn", "/usr/bin/clang*", "/usr/bin/llvm-strip*")),
        0,
        "tcpotel: installs maven clang llvm\n"
            + "tcpotel: builds (the first time a minute or two; log: "
            + checkout.log()
            + ")\n",
        "root: whole\n");
    assertThat(checkout.installed()).containsExactly("maven clang llvm");
  }

  @Test
  void anInstallationThatFailsIsShown() throws IOException {
    installApt();
    removeStandIns("mvn");
    List<String> files = and(Machine.JDKS, "/usr/bin/mvn");
    Expect.end(
        without(files),
        3,
        """
        tcpotel: installs maven
        E: Unable to locate package maven
        tcpotel: apt-get could not install maven
        tcpotel: missing: JDK 25, Maven
          to install, as root: apt-get install maven
        """
            + GET_JDK,
        "");
  }

  @Test
  void whatDoesNotHelpAfterItsInstallationIsStillMissing() throws IOException {
    installApt("maven");
    removeStandIns("mvn");
    checkout.with("JAVA_HOME", checkout.program("../jdk").toRealPath().toString());
    Checkout.executable(checkout.packages().resolve("maven/mvnd"), "exit");
    Expect.end(
        without(List.of("/usr/bin/mvn")),
        3,
        """
        tcpotel: installs maven
        tcpotel: missing: Maven
          to install, as root: apt-get install maven
        """,
        "");
  }
}
