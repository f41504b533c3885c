// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When {@code tcpotel} builds, and what becomes of builds that do not come to their end. */
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

  private String builds() {
    return "tcpotel: builds (the first time a minute or two; log: " + checkout.log() + ")\n";
  }

  private String waits() {
    return "tcpotel: waits for another build of " + checkout.root() + "\n";
  }

  private void runs(String messages) {
    Expect.end(checkout.tcpotel(), 0, messages, RAN);
  }

  @Test
  void theFirstCallBuildsAndTheNextDoesNot() throws IOException {
    runs(builds());
    runs("");
    assertThat(checkout.builds()).containsExactly(ANEW);
    assertThat(checkout.root().resolve("target"))
        .isDirectoryContaining("glob:**/tcpotel.built")
        .isDirectoryContaining("glob:**/tcpotel.log")
        .isDirectoryNotContaining("glob:**/*ing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pom.xml", "bpf/src/main/c/probe.c", "proto/pom.xml", "exporter/pom.xml"})
  void builtAgainWhenASourceIsNewer(String source) throws IOException {
    runs(builds());
    checkout.edit(source);
    runs(builds());
    runs("");
    assertThat(checkout.builds()).containsExactly(ANEW, OVER);
  }

  @Test
  void builtAgainWhenASourceIsRemoved() throws IOException {
    runs(builds());
    Files.delete(checkout.root().resolve("bpf/src/main/c/probe.c"));
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, OVER);
  }

  @Test
  void testsAndDocumentsAreNoSources() throws IOException {
    runs(builds());
    checkout.edit("exporter/src/test/java/MainTest.java");
    Files.createDirectory(checkout.root().resolve("docs"));
    runs("");
  }

  @Test
  void builtAgainWhenAPartIsMissing() throws IOException {
    runs(builds());
    Files.delete(checkout.distribution().resolve("runtime/bin/java"));
    runs(builds());
    Files.delete(checkout.distribution().resolve("lib/tcpotel.jar"));
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, OVER, ANEW);
  }

  @Test
  void whatChangesDuringABuildIsBuiltByTheNextCall() throws IOException {
    checkout.tell("hold");
    try (Program first = checkout.tcpotel()) {
      checkout.awaitHalf();
      checkout.edit("bpf/src/main/c/probe.c");
      checkout.takeBack("hold");
      assertThat(first.await()).isZero();
    }
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, OVER);
  }

  @Test
  void ofTwoCallsAtOnceOneBuildsAndTheOtherWaits() throws IOException {
    checkout.tell("hold");
    Program first = checkout.tcpotel();
    checkout.awaitHalf();
    Program second = checkout.tcpotel("second");
    second.awaitMessage("waits");
    checkout.takeBack("hold");
    Expect.end(first, 0, builds(), RAN);
    Expect.end(second, 0, waits(), USER + ": whole [second]\n");
    assertThat(checkout.builds()).containsExactly(ANEW);
  }

  @Test
  void aBuildThatFailsIsExplainedAndBegunAgainByTheNextCall() throws IOException {
    checkout.tell("fail", "a.c:1: no such field");
    String failed =
        "[ERROR] a.c:1: no such field\ntcpotel: the build failed (log: " + checkout.log() + ")\n";
    for (int i = 0; i < 2; i++) {
      Expect.end(checkout.tcpotel(), 1, builds() + failed, "");
      checkout.awaitHalf().forEach(Await::end);
    }
    checkout.takeBack("fail");
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, ANEW, ANEW);
  }

  @Test
  void aBuildThatFailsDoesNotLeaveTheOldOneInPlace() throws IOException {
    runs(builds());
    checkout.edit("pom.xml");
    checkout.tell("fail");
    try (Program program = checkout.tcpotel()) {
      assertThat(program.await()).isEqualTo(1);
      assertThat(program.output()).isEmpty();
    }
    checkout.takeBack("fail");
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, OVER, ANEW);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Could not create local repository at /x/.m2 | Maven keeps what it downloads in the user's home: \
          build as a user who has one; then anybody can run it
          Could not transfer artifact a:b:pom:1 | the first build downloads from https://repo.maven.apache.org: \
          see to the network, or to a proxy in ~/.m2/settings.xml
          """)
  void aFailureOfTheMachineComesWithWhatToDo(String reason, String remedy) throws IOException {
    checkout.tell("fail", reason);
    String failed =
        "[ERROR] %s%ntcpotel: the build failed (log: %s)%n  %s%n"
            .formatted(reason, checkout.log(), remedy);
    Expect.end(checkout.tcpotel(), 1, builds() + failed, "");
  }

  @Test
  void aMavenThatMakesNothingIsAFailure() throws IOException {
    checkout.tell("nothing");
    Expect.end(
        checkout.tcpotel(),
        1,
        builds() + "tcpotel: the build made no distribution (log: " + checkout.log() + ")\n",
        "");
    checkout.takeBack("nothing");
    runs(builds());
  }

  @Test
  void aMavenThatIsKilledIsAFailure() throws IOException {
    checkout.tell("hold");
    Program program = checkout.tcpotel();
    List<Long> maven = checkout.awaitHalf();
    TestCommand.run("kill", "-KILL", maven.getFirst().toString());
    Expect.end(
        program,
        1,
        builds() + "tcpotel: the build failed, killed by signal 9 (log: " + checkout.log() + ")\n",
        "");
    maven.forEach(Await::end);
    checkout.takeBack("hold");
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, ANEW);
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM", "HUP"})
  void aSignalEndsTheBuildAndAllOfIt(String signal) throws IOException {
    checkout.tell("hold");
    Program program = checkout.tcpotel();
    List<Long> maven = checkout.awaitHalf();
    program.signal(signal);
    Expect.end(program, 130, builds() + "tcpotel: the build was interrupted\n", "");
    maven.forEach(Await::end);
    checkout.takeBack("hold");
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, ANEW);
  }

  /** All files of the build before are there again, but not whole. */
  @Test
  void anInterruptedRepairIsBegunAgain() throws IOException {
    runs(builds());
    Files.delete(checkout.distribution().resolve("runtime/bin/java"));
    checkout.tell("hold");
    Program program = checkout.tcpotel();
    checkout.awaitHalf();
    program.signal("TERM");
    Expect.end(program, 130, builds() + "tcpotel: the build was interrupted\n", "");
    checkout.takeBack("hold");
    runs(builds());
    assertThat(checkout.builds()).containsExactly(ANEW, OVER, ANEW);
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
    Expect.end(next, 0, waits() + builds(), RAN);
    assertThat(checkout.builds()).containsExactly(ANEW, ANEW);
  }

  @Test
  void aSourceFromTheFutureDoesNotKeepItFromRunning() throws IOException {
    FileTime future = FileTime.from(Instant.parse("2126-01-02T03:04:05Z"));
    Files.setLastModifiedTime(checkout.root().resolve("pom.xml"), future);
    runs(builds());
    runs(builds());
  }
}
