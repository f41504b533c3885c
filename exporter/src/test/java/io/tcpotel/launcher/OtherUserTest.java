// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Checkouts that who calls may not write to, and several users of one. For root, who can be each.
 */
@KernelTest
class OtherUserTest {
  private static final List<String> OWNER = Checkout.as("daemon");
  private static final List<String> OTHER = Checkout.as("nobody");

  private Checkout checkout;

  @BeforeEach
  void create() {
    checkout = Checkout.create();
    checkout.giveTo("daemon");
  }

  @AfterEach
  void remove() {
    checkout.close();
  }

  private String builds() {
    return "tcpotel: builds (the first time a minute or two; log: " + checkout.log() + ")\n";
  }

  private String notBuilt(Path unwritable) {
    return "tcpotel: not built, and "
        + unwritable
        + " is not writable: run ./tcpotel once as a user who may write there, or in a copy\n";
  }

  private static String older(Path unwritable) {
    return "tcpotel: runs what was built before the latest change: "
        + unwritable
        + " is not writable\n";
  }

  /** Behind {@code words}, in a mount namespace where the checkout cannot be written by anybody. */
  private List<String> readOnly(List<String> words) {
    String remount = "mount --bind \"$0\" \"$0\"; mount -o remount,bind,ro \"$0\"; exec \"$@\"";
    List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-euc", remount));
    line.add(checkout.root().toString());
    line.addAll(words);
    return line;
  }

  private void owner(String messages) {
    Expect.end(checkout.behind(OWNER), 0, messages, "daemon: whole\n");
  }

  @Test
  void anotherUserRunsWhatTheOwnerBuilt() throws IOException {
    owner(builds());
    Expect.end(checkout.behind(OTHER, "x"), 0, "", "nobody: whole [x]\n");
    Expect.end(checkout.behind(List.of(), "y"), 0, "", "root: whole [y]\n");
    assertThat(checkout.builds()).containsExactly("daemon anew");
  }

  @Test
  void anotherUserRunsTheOlderBuildWhereASourceIsNewer() throws IOException {
    owner(builds());
    checkout.edit("pom.xml");
    Expect.end(checkout.behind(OTHER), 0, older(checkout.root()), "nobody: whole\n");
    owner(builds());
    Expect.end(checkout.behind(OTHER), 0, "", "nobody: whole\n");
    assertThat(checkout.builds()).containsExactly("daemon anew", "daemon over whole");
  }

  @Test
  void aCheckoutThatIsNotBuiltAndNotWritable() throws IOException {
    Expect.end(checkout.behind(OTHER), 3, notBuilt(checkout.root()), "");
    Expect.end(checkout.behind(readOnly(List.of())), 3, notBuilt(checkout.root()), "");
    assertThat(checkout.builds()).isEmpty();
    assertThat(checkout.root().resolve("target")).doesNotExist();
  }

  @Test
  void aPartThatIsNotWritable() {
    TestCommand.run("chown", "root", checkout.root().resolve("proto").toString());
    Expect.end(checkout.behind(OWNER), 3, notBuilt(checkout.root().resolve("proto")), "");
  }

  @Test
  void aCheckoutThatWasMadeReadOnly() throws IOException {
    owner(builds());
    TestCommand.run("chmod", "-R", "a-w", checkout.root().toString());
    Expect.end(checkout.behind(OWNER), 0, "", "daemon: whole\n");
    Expect.end(checkout.behind(readOnly(List.of())), 0, "", "root: whole\n");
    Expect.end(checkout.behind(readOnly(OTHER)), 0, "", "nobody: whole\n");
    checkout.edit("bpf/src/main/c/probe.c");
    Expect.end(checkout.behind(OWNER), 0, older(checkout.root()), "daemon: whole\n");
    Expect.end(checkout.behind(readOnly(List.of())), 0, older(checkout.root()), "root: whole\n");
    assertThat(checkout.builds()).containsExactly("daemon anew");
  }

  @Test
  void anInterruptedBuildInACheckoutThatIsReadOnlySince() throws IOException {
    owner(builds());
    checkout.edit("pom.xml");
    checkout.tell("hold");
    try (Program killed = checkout.behind(OWNER)) {
      checkout.awaitHalf();
      killed.signal("TERM");
      assertThat(killed.await()).isEqualTo(130);
    }
    Expect.end(checkout.behind(readOnly(OWNER)), 3, notBuilt(checkout.root()), "");
  }

  @Test
  void rootByItselfBuildsForItself() throws IOException {
    Expect.end(checkout.behind(List.of()), 0, builds(), "root: whole\n");
    Expect.end(checkout.behind(OWNER), 0, "", "daemon: whole\n");
    checkout.edit("pom.xml");
    Path target = checkout.root().resolve("bpf/target");
    Expect.end(checkout.behind(OWNER), 0, older(target), "daemon: whole\n");
    Expect.end(checkout.behind(List.of()), 0, builds(), "root: whole\n");
    assertThat(checkout.builds()).containsExactly("root anew", "root over whole");
  }

  @Test
  void withSudoTheOwnerBuildsAndRootRuns() throws IOException {
    checkout.with("SUDO_UID", "1").with("SUDO_GID", "1").with("SUDO_USER", "daemon");
    Expect.end(checkout.behind(List.of()), 0, builds(), "root: whole\n");
    assertThat(checkout.builds()).containsExactly("daemon anew");
    checkout.with("SUDO_UID", "0").with("SUDO_USER", "");
    checkout.edit("pom.xml");
    owner(builds());
    assertThat(Files.getOwner(checkout.distribution().resolve("lib/tcpotel.jar")).getName())
        .isEqualTo("daemon");
  }

  @Test
  void twoUsersWhoBothMayWriteBuildInTurn() throws IOException {
    TestCommand.run("chmod", "-R", "a+rwX", checkout.folder().toString());
    owner(builds());
    TestCommand.run("chmod", "-R", "a+rwX", checkout.folder().toString());
    checkout.edit("pom.xml");
    Expect.end(checkout.behind(OTHER), 0, builds(), "nobody: whole\n");
    owner("");
    assertThat(checkout.builds()).containsExactly("daemon anew", "nobody over whole");
  }

  @Test
  void ofTwoUsersAtOnceOneBuildsAndTheOtherWaits() throws IOException {
    checkout.tell("hold");
    Program first = checkout.behind(OWNER);
    checkout.awaitHalf();
    Program second = checkout.behind(OTHER);
    second.awaitMessage("waits");
    checkout.takeBack("hold");
    Expect.end(first, 0, builds(), "daemon: whole\n");
    String waits = "tcpotel: waits for another build of " + checkout.root() + "\n";
    Expect.end(second, 0, waits, "nobody: whole\n");
  }
}
