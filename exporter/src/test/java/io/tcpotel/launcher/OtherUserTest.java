// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A checkout of daemon's, called by its owner, by another user, and by root, who can be each. */
@KernelTest
class OtherUserTest {
  private static final List<String> OWNER = Checkout.as("daemon");
  private static final List<String> OTHER = Checkout.as("nobody");
  private static final List<String> ROOT = List.of();

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

  private String notBuilt() {
    return "tcpotel: is not built, and "
        + checkout.root()
        + " is not writable: run ./tcpotel once as its owner, or in a copy\n";
  }

  private String older() {
    return "tcpotel: runs an older build, because " + checkout.root() + " is not writable\n";
  }

  /** Behind {@code words}, in a mount namespace where nobody can write to the checkout. */
  private List<String> readOnly(List<String> words) {
    String remount = "mount --bind \"$0\" \"$0\"; mount -o remount,bind,ro \"$0\"; exec \"$@\"";
    List<String> line = new ArrayList<>(List.of("unshare", "-m", "sh", "-euc", remount));
    line.add(checkout.root().toString());
    line.addAll(words);
    return line;
  }

  private void expect(List<String> words, String messages, String user) {
    Expect.end(checkout.behind(words, "x"), 0, messages, user + ": whole [x]\n");
  }

  @Test
  void anotherUserRunsTheOwnersBuild() throws IOException {
    expect(OWNER, checkout.builds(), "daemon");
    expect(OTHER, "", "nobody");
    expect(ROOT, "", "root");
    checkout.edit("pom.xml");
    expect(OTHER, older(), "nobody");
    expect(OWNER, checkout.builds(), "daemon");
    expect(OTHER, "", "nobody");
    assertThat(checkout.built()).containsExactly("daemon anew", "daemon over whole");
  }

  @Test
  void aCheckoutThatIsNotBuiltAndNotWritable() throws IOException {
    Expect.end(checkout.behind(OTHER), 3, notBuilt(), "");
    Expect.end(checkout.behind(readOnly(ROOT)), 3, notBuilt(), "");
    assertThat(checkout.built()).isEmpty();
    assertThat(checkout.root().resolve("target")).doesNotExist();
  }

  @Test
  void aCheckoutThatWasMadeReadOnly() throws IOException {
    expect(OWNER, checkout.builds(), "daemon");
    TestCommand.run("chmod", "-R", "a-w", checkout.root().toString());
    expect(OWNER, "", "daemon");
    expect(readOnly(ROOT), "", "root");
    expect(readOnly(OTHER), "", "nobody");
    checkout.edit("bpf/src/main/c/probe.c");
    expect(OWNER, older(), "daemon");
    expect(readOnly(ROOT), older(), "root");
    assertThat(checkout.built()).containsExactly("daemon anew");
  }

  /** With sudo, or by itself: nothing in the checkout becomes root's. */
  @Test
  void rootHasTheOwnerBuild() throws IOException {
    expect(ROOT, checkout.builds(), "root");
    assertThat(Files.getOwner(checkout.distribution().resolve("lib/tcpotel.jar")).getName())
        .isEqualTo("daemon");
    checkout.edit("pom.xml");
    expect(OWNER, checkout.builds(), "daemon");
    checkout.edit("pom.xml");
    checkout.tell("fail", "a.c:1: no such field");
    Expect.end(
        checkout.behind(ROOT),
        1,
        checkout.builds()
            + "[ERROR] a.c:1: no such field\n"
            + "tcpotel: the build failed (log: "
            + checkout.log()
            + ")\n",
        "");
    assertThat(checkout.built())
        .containsExactly("daemon anew", "daemon over whole", "daemon over whole");
  }

  @Test
  void rootBuildsForAnOwnerWithoutAnAccount() throws IOException {
    checkout.giveTo("54321");
    expect(ROOT, checkout.builds(), "root");
    assertThat(checkout.built()).containsExactly("root anew");
  }
}
