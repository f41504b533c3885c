// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * When {@code tcpotel} builds, that a build without an end is never taken for a whole one, and from
 * where it can be called.
 */
class BuildTest {
  private static final String USER = System.getProperty("user.name");
  private static final String ANEW = USER + " anew";
  private static final String OVER = USER + " over whole";
  private static final String RAN = USER + ": whole\n";

  private Checkout checkout;

  @BeforeEach
  void create() {
    checkout = Checkout.create();
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  private void builds() {
    Expect.end(checkout.tcpotel(), 0, checkout.builds(), RAN);
  }

  /** Perhaps after waiting for a process of Maven's that outlives it. */
  private void buildsInTheEnd() {
    try (Program program = checkout.tcpotel()) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.messages()).endsWith(checkout.builds());
      assertThat(program.output()).isEqualTo(RAN);
    }
  }

  private void runsWithoutBuild() {
    Expect.end(checkout.tcpotel(), 0, "", RAN);
  }

  @Test
  void onlyANewDistributionOrAChangedSourceIsBuilt() throws IOException {
    builds();
    runsWithoutBuild();
    checkout.edit("exporter/src/test/java/MainTest.java");
    Files.createDirectory(checkout.root().resolve("docs"));
    runsWithoutBuild();
    Files.delete(checkout.root().resolve("bpf/src/main/c/probe.c"));
    builds();
    Files.delete(checkout.distribution().resolve("tcpotel"));
    builds();
    assertThat(checkout.built()).containsExactly(ANEW, OVER, ANEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"pom.xml", "proto/pom.xml", "exporter/src/main/java/Main.java"})
  void aNewerSourceIsBuilt(String source) throws IOException {
    builds();
    checkout.edit(source);
    builds();
    runsWithoutBuild();
    assertThat(checkout.built()).containsExactly(ANEW, OVER);
  }

  @Test
  void aChangeDuringABuildIsBuiltByTheNextCall() throws IOException {
    checkout.tell("hold");
    try (Program first = checkout.tcpotel()) {
      checkout.awaitHalf();
      checkout.edit("bpf/src/main/c/probe.c");
      checkout.takeBack("hold");
      assertThat(first.await()).isZero();
    }
    builds();
    assertThat(checkout.built()).containsExactly(ANEW, OVER);
  }

  @Test
  void ofTwoCallsAtOnceOneBuildsAndTheOtherWaits() throws IOException {
    checkout.tell("hold");
    Program first = checkout.tcpotel();
    checkout.awaitHalf();
    Program second = checkout.tcpotel("second");
    second.awaitMessage("waits");
    checkout.takeBack("hold");
    Expect.end(first, 0, checkout.builds(), RAN);
    Expect.end(second, 0, checkout.waits(), USER + ": whole [second]\n");
    assertThat(checkout.built()).containsExactly(ANEW);
  }

  @Test
  void aFailedBuildShowsItsErrorsAndTheNextBeginsAnew() throws IOException {
    builds();
    checkout.edit("pom.xml");
    checkout.tell("fail", "a.c:1: no such field");
    String failed =
        "[ERROR] a.c:1: no such field\ntcpotel: the build failed (log: " + checkout.log() + ")\n";
    Expect.end(checkout.tcpotel(), 1, checkout.builds() + failed, "");
    Expect.end(checkout.tcpotel(), 1, checkout.builds() + failed, "");
    checkout.takeBack("fail");
    checkout.tell("nothing");
    String nothing = "tcpotel: the build made no distribution (log: " + checkout.log() + ")\n";
    Expect.end(checkout.tcpotel(), 1, checkout.builds() + nothing, "");
    checkout.takeBack("nothing");
    builds();
  }

  /** As by ^C, which goes to the launcher and to Maven. */
  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void anInterruptedBuildIsBegunAnew(String signal) throws IOException {
    builds();
    checkout.edit("pom.xml");
    checkout.tell("hold");
    try (Program program = checkout.tcpotel()) {
      long maven = checkout.awaitHalf();
      program.signal(signal);
      TestCommand.run("kill", "-" + signal, Long.toString(maven));
      assertThat(program.await()).isNotZero();
      assertThat(program.output()).isEmpty();
      Await.until("the end of " + maven, () -> hasEnded(maven));
    }
    checkout.takeBack("hold");
    buildsInTheEnd();
    assertThat(checkout.built()).containsExactly(ANEW, OVER, ANEW);
  }

  /** Also as a zombie, which it may stay for long where it is nobody's child any more. */
  private static boolean hasEnded(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "stat")).contains(") Z ");
    } catch (IOException e) {
      return true; // not there, or no longer
    }
  }

  @Test
  void theBuildOfALauncherThatWasKilledIsWaitedForAndNotTaken() throws IOException {
    checkout.tell("hold");
    try (Program killed = checkout.tcpotel()) {
      checkout.awaitHalf();
      killed.signal("KILL");
      assertThat(killed.await()).isEqualTo(128 + 9);
    }
    Program next = checkout.tcpotel();
    next.awaitMessage("waits");
    checkout.takeBack("hold");
    Expect.end(next, 0, checkout.waits() + checkout.builds(), RAN);
    assertThat(checkout.built()).containsExactly(ANEW, ANEW);
  }

  private Program from(Path folder, String command, String... arguments) {
    Stream<String> words = Stream.of("env", "-C", folder.toString(), command);
    return checkout.start(Stream.concat(words, Stream.of(arguments)).toList());
  }

  private void link(String name, String target) throws IOException {
    Path link = checkout.folder().resolve(name);
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, Path.of(target));
  }

  @Test
  void isFoundThroughSymbolicLinksAndByThePath() throws IOException {
    builds();
    link("absolute", checkout.root() + "/tcpotel");
    link("bin/tcpotel", "../a check out/tcpotel");
    link("bin/of a link", "tcpotel");
    link("folder", "a check out");
    for (String name : List.of("absolute", "bin/tcpotel", "folder/tcpotel", "bin/of a link")) {
      Program program = from(checkout.folder(), "./" + name, name);
      Expect.end(program, 0, "", USER + ": whole [" + name + "]\n");
    }
    String path = "PATH=" + checkout.folder().resolve("bin") + ":/usr/bin:/bin";
    Program program = checkout.start(List.of("env", path, "tcpotel", "x"));
    Expect.end(program, 0, "", USER + ": whole [x]\n");
    assertThat(checkout.built()).containsExactly(ANEW);
  }

  @Test
  void argumentsAndExitCodeArriveAsTheyAre() {
    builds();
    checkout.with("STAND_IN_CODE", "3").with("TCPOTEL_JAVA_OPTS", "-Da=1  -Db=2");
    Expect.end(
        checkout.tcpotel("two words", "", "*", "-Dx=1", "$HOME", "--", "a\\b"),
        3,
        "",
        USER + " -Da=1 -Db=2: whole [two words] [] [*] [-Dx=1] [$HOME] [--] [a\\b]\n");
  }
}
