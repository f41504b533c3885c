// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Machines that lack tools: {@code tcpotel} names them all at once, or root installs them. */
@KernelTest
class MissingToolsTest {
  private static final List<String> APT = List.of("/usr/bin/apt-get", "/usr/bin/apt-cache");
  private static final List<String> TOOLS =
      List.of(
          "/usr/bin/mvn",
          "/usr/bin/clang*",
          "/usr/bin/llvm-strip*",
          "/usr/include/bpf",
          "/usr/lib/libbpf.so*",
          "/usr/lib/*/libbpf.so*");
  private static final String ALL =
      "tcpotel: missing: JDK 25, Maven, clang 14 or newer, llvm-strip, libbpf's headers,"
          + " libbpf.so.1\n";
  private static final String INSTALL = "  on Debian and Ubuntu, as root: apt-get install ";
  private static final String GET_JDK =
      "  a JDK 25 (https://adoptium.net) is found by $JAVA_HOME, on the PATH, in /usr/lib/jvm, /opt"
          + " and ~/.sdkman\n";

  private Checkout checkout;
  private String jdk;

  @BeforeEach
  void create() throws IOException {
    checkout = Checkout.create();
    jdk = checkout.program("../jdk").toRealPath().toString();
    checkout.with("JAVA_HOME", "/nowhere");
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  private Program without(List<String> files, String... words) {
    List<String> line = new ArrayList<>(Machine.without(checkout, files));
    line.addAll(List.of(words));
    return checkout.behind(line);
  }

  private static List<String> both(List<String> some, List<String> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  private void removeTools() throws IOException {
    for (String name : List.of("mvn", "clang", "llvm-strip")) {
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

  @Test
  void allAtOnceForAnOrdinaryUserWhereAptHasAJdk() throws IOException {
    removeTools();
    installApt("temurin-25-jdk");
    checkout.giveTo("nobody");
    Expect.end(
        without(both(Machine.JDKS, TOOLS), Checkout.as("nobody").toArray(String[]::new)),
        3,
        ALL + INSTALL + "temurin-25-jdk maven clang llvm libbpf-dev libbpf1\n" + GET_JDK,
        "");
    assertThat(checkout.installed()).isEmpty();
  }

  @Test
  void aFinishedBuildNeedsNoTools() throws IOException {
    Expect.end(checkout.with("JAVA_HOME", jdk).tcpotel(), 0, checkout.builds(), "root: whole\n");
    removeTools();
    checkout.with("JAVA_HOME", "");
    Expect.end(without(both(both(Machine.JDKS, APT), TOOLS)), 0, "", "root: whole\n");
  }

  @Test
  void aClangThatIsTooOldOrWronglyNamed() throws IOException {
    checkout.with("JAVA_HOME", jdk);
    Checkout.executable(checkout.program("clang"), "echo Debian clang version 13.0.1");
    List<String> noClang = List.of("/usr/bin/clang*");
    String missing = "tcpotel: missing: clang 14 or newer";
    Expect.end(without(both(APT, noClang)), 3, missing + "\n" + INSTALL + "clang\n", "");
    Checkout.executable(checkout.program("clang-19"), "echo Ubuntu clang version 19.1.7");
    checkout.with("CLANG", "/no/clang");
    Expect.end(
        without(both(APT, noClang)),
        3,
        missing + " ($CLANG is /no/clang)\n" + INSTALL + "clang\n",
        "");
    checkout.with("CLANG", "");
    Expect.end(without(both(APT, noClang)), 0, checkout.builds(), "root: whole\n");
  }

  @Test
  void rootInstallsThemInOneGoUnlessForbidden() throws IOException {
    checkout.with("JAVA_HOME", jdk);
    installApt("maven", "clang", "llvm");
    Files.move(checkout.program("mvn"), checkout.packages().resolve("maven/mvn"));
    Files.move(checkout.program("clang"), checkout.packages().resolve("clang/clang"));
    Files.move(checkout.program("llvm-strip"), checkout.packages().resolve("llvm/llvm-strip"));
    List<String> files = TOOLS.subList(0, 3);
    checkout.with("TCPOTEL_INSTALL", "no");
    Expect.end(
        without(files),
        3,
        "tcpotel: missing: Maven, clang 14 or newer, llvm-strip\n"
            + (INSTALL + "maven clang llvm\n"),
        "");
    assertThat(checkout.installed()).isEmpty();
    checkout.with("TCPOTEL_INSTALL", "");
    Expect.end(
        without(files),
        0,
        "tcpotel: installs maven clang llvm\n" + checkout.builds(),
        "root: whole\n");
    assertThat(checkout.installed()).containsExactly("maven clang llvm");
  }
}
