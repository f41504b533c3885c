// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From where and how {@code tcpotel} can be called once it is built. */
class LaunchTest {
  private static final String USER = System.getProperty("user.name");

  private Checkout checkout;

  @BeforeEach
  void build() throws IOException {
    checkout = Checkout.create();
    try (Program first = checkout.tcpotel()) {
      assertThat(first.await()).as(first.messages()).isZero();
    }
  }

  @AfterEach
  void remove() throws IOException {
    List<String> builds = checkout.builds();
    checkout.close();
    assertThat(builds).as("once is enough").containsExactly(USER + " anew");
  }

  private static void expect(Program program, String output) {
    Expect.end(program, 0, "", output);
  }

  private Program from(Path folder, String command, String... arguments) {
    return checkout.start(
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of("env", "-C", folder.toString(), command),
                java.util.stream.Stream.of(arguments))
            .toList());
  }

  private Path link(String name, String target) throws IOException {
    Path link = checkout.folder().resolve(name);
    Files.createDirectories(link.getParent());
    return Files.createSymbolicLink(link, Path.of(target));
  }

  @Test
  void fromAnyFolder() {
    expect(from(checkout.root(), "./tcpotel", "one"), USER + ": whole [one]\n");
    expect(from(checkout.folder(), "a check out/tcpotel", "two"), USER + ": whole [two]\n");
    expect(from(checkout.root().resolve("bpf"), "../tcpotel"), USER + ": whole\n");
    expect(from(Path.of("/"), checkout.root() + "/tcpotel", "four"), USER + ": whole [four]\n");
  }

  @Test
  void throughSymbolicLinks() throws IOException {
    link("absolute", checkout.root() + "/tcpotel");
    link("links/relative", "../a check out/tcpotel");
    link("links/of a link", "relative");
    link("folder", "a check out");
    link("another", "links/of a link");
    for (String name : List.of("absolute", "links/relative", "folder/tcpotel", "another")) {
      expect(from(checkout.folder(), "./" + name, name), USER + ": whole [" + name + "]\n");
      expect(
          from(Path.of("/"), checkout.folder().resolve(name).toString(), "/"),
          USER + ": whole [/]\n");
    }
  }

  @Test
  void byThePath() throws IOException {
    Path bin = link("bin/tcpotel", "../a check out/tcpotel").getParent();
    String path = "PATH=" + bin + ":" + checkout.program("").toString() + ":/usr/bin:/bin";
    expect(checkout.start(List.of("env", path, "tcpotel", "x")), USER + ": whole [x]\n");
    expect(
        checkout.start(List.of("env", "-C", bin.toString(), "bash", "tcpotel")),
        USER + ": whole\n");
  }

  @Test
  void whateverTheShellExports() {
    checkout.with("CDPATH", "/:" + checkout.root()).with("IFS", "a/").with("POSIXLY_CORRECT", "1");
    checkout.with("GREP_OPTIONS", "-v").with("LC_ALL", "C").with("root", "/nowhere");
    expect(from(checkout.folder(), "a check out/tcpotel"), USER + ": whole\n");
  }

  @Test
  void fromAFolderThatIsGone() {
    String gone = "mkdir gone; cd gone; rmdir ../gone; exec \"$0\" --for 1s";
    String launcher = checkout.root() + "/tcpotel";
    Program program = from(checkout.folder(), "sh", "-c", gone, launcher);
    try (program) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.output()).isEqualTo(USER + ": whole [--for] [1s]\n");
    }
  }

  @Test
  void withoutAHome() throws IOException {
    String launcher = checkout.root() + "/tcpotel";
    expect(checkout.start(List.of("env", "-u", "HOME", launcher)), USER + ": whole\n");
    expect(checkout.with("HOME", "/nowhere").tcpotel(), USER + ": whole\n");
    expect(checkout.with("HOME", "/dev/null").tcpotel(), USER + ": whole\n");
  }

  @Test
  void argumentsArriveAsTheyAre() {
    expect(
        checkout.tcpotel("two words", "", "*", "-Dx=1", "$HOME", "--", "a\\b"),
        USER + ": whole [two words] [] [*] [-Dx=1] [$HOME] [--] [a\\b]\n");
  }

  @Test
  void theProgramsExitCodeIsTheLaunchers() {
    Expect.end(checkout.with("STAND_IN_CODE", "3").tcpotel(), 3, "", USER + ": whole\n");
  }

  @Test
  void optionsOfTheJvmComeBeforeTheProgram() {
    checkout.with("TCPOTEL_JAVA_OPTS", "-Da=1  -Db=2");
    expect(checkout.tcpotel("-Dc=3"), USER + " -Da=1 -Db=2: whole [-Dc=3]\n");
  }

  @Test
  void aJavaHomeThatIsWrongDoesNotMatterWhereThePathHasOne() throws IOException {
    Files.createSymbolicLink(
        checkout.program("java"), checkout.program("../jdk/bin/java").toRealPath());
    checkout.installJdk("old", "21.0.2");
    expect(checkout.with("JAVA_HOME", "/nowhere").tcpotel("a"), USER + ": whole [a]\n");
    expect(checkout.with("JAVA_HOME", "").tcpotel("b"), USER + ": whole [b]\n");
    String old = checkout.program("../old").toRealPath().toString();
    expect(checkout.with("JAVA_HOME", old).tcpotel("c"), USER + ": whole [c]\n");
  }
}
