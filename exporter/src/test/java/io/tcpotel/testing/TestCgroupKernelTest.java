// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@KernelTest
@Timeout(60)
class TestCgroupKernelTest {
  private static final Path OWN = Path.of("/proc/self/cgroup");

  @Test
  void theProcessMovesAndComesBack() throws IOException {
    String before = Files.readString(OWN);
    Path path;
    try (TestCgroup cgroup = TestCgroup.create()) {
      path = cgroup.path();
      assertThat(cgroup.id()).isPositive();
      assertThat(Files.readString(OWN)).isEqualTo(before);
      cgroup.join();
      assertThat(Files.readString(OWN)).contains("0::/" + path.getFileName());
      cgroup.leave();
      assertThat(Files.readString(OWN)).isEqualTo(before);
      cgroup.join();
    }
    assertThat(Files.readString(OWN)).isEqualTo(before);
    assertThat(path).doesNotExist();
  }

  @Test
  void aChildIsBornInsideAndDoesNotHoldTheCgroup() throws Exception {
    Process child;
    Path path;
    try (TestCgroup cgroup = TestCgroup.create().join()) {
      path = cgroup.path();
      child = new ProcessBuilder("sleep", "30").start();
      assertThat(Files.readString(path.resolve("cgroup.procs"))).contains("" + child.pid());
    }
    assertThat(path).doesNotExist();
    child.destroy();
    assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatADeadRunLeftIsRemoved() throws IOException {
    String ended = TestCommand.run("sh", "-c", "echo $$").trim();
    Path stale = TestCgroup.root().orElseThrow().resolve("tcpotel-test-" + ended + "-1");
    Files.createDirectory(stale);
    try (TestCgroup cgroup = TestCgroup.create()) {
      assertThat(cgroup.path()).exists();
      assertThat(stale).doesNotExist();
    }
  }
}
