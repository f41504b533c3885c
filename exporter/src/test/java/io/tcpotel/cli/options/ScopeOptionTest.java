// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.bpf.CgroupDirectory;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.TestCgroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ScopeOptionTest {
  @Command
  private static final class Capturing {
    @Mixin private ScopeOption scope;
  }

  private static ScopeOption option(String scope, String... others) {
    Capturing capturing = new Capturing();
    List<String> arguments = new ArrayList<>(List.of("--scope=" + scope));
    arguments.addAll(List.of(others));
    new CommandLine(capturing).parseArgs(arguments.toArray(String[]::new));
    return capturing.scope;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Pod", "Host", "cgroup:", "cgroup", "/sys/fs/cgroup", "netns:1"})
  void refusesAnUnknownScopeAsWrongUse(String scope) {
    assertThatThrownBy(() -> option(scope).cgroup())
        .isInstanceOf(Failure.class)
        .hasMessageContaining("--scope: '" + scope + "' is unknown")
        .hasMessageContaining("cgroup:PATH")
        .extracting(thrown -> ((Failure) thrown).exitCode())
        .isEqualTo(Failure.USAGE);
  }

  @Test
  void takesAnAbsoluteDirectoryThatIsACgroup(@TempDir Path directory) throws Exception {
    requireCgroup2();
    Files.createFile(directory.resolve("cgroup.procs"));
    assertThat(option("cgroup:" + directory).cgroup()).isEqualTo(directory);
  }

  @Test
  void refusesADirectoryThatIsNoCgroup(@TempDir Path directory) {
    requireCgroup2();
    assertThatThrownBy(() -> option("cgroup:" + directory).cgroup())
        .isInstanceOf(Failure.class)
        .hasMessageContaining("no cgroup v2 directory at " + directory)
        .hasMessageContaining("/proc/PID/cgroup");
    assertThatThrownBy(() -> option("cgroup:no/such").cgroup())
        .isInstanceOf(Failure.class)
        .hasMessageContaining(CgroupDirectory.root().resolve("no/such").toString());
  }

  @Test
  void takesTheRootAsProcPidCgroupWritesIt() {
    requireCgroup2();
    Path root = CgroupDirectory.root();
    KernelRequirement.assume(Files.exists(root.resolve("cgroup.procs")), "cgroup.procs");
    assertThat(option("host").cgroup()).isEqualTo(root);
    assertThat(option("cgroup:/").cgroup()).isEqualTo(root);
    assertThat(option("cgroup:" + root).cgroup()).isEqualTo(root);
  }

  @Test
  void aPodsScopeIsTheRootThatIsNamed(@TempDir Path directory) throws Exception {
    Files.createFile(directory.resolve("cgroup.controllers"));
    ScopeOption pod = option("pod", "--cgroup-root=" + directory);
    assertThat(pod.isPod()).isTrue();
    assertThat(pod.isHost()).isFalse();
    assertThat(pod.cgroup()).isEqualTo(directory);
    assertThat(option("host", "--cgroup-root=" + directory).cgroup()).isEqualTo(directory);
  }

  @Test
  void aRootThatIsNoneIsRefused(@TempDir Path directory) {
    assertThatThrownBy(() -> option("pod", "--cgroup-root=" + directory).cgroup())
        .isInstanceOf(Failure.class)
        .hasMessageContaining("--cgroup-root: " + directory + " is not a cgroup v2 directory")
        .extracting(thrown -> ((Failure) thrown).exitCode())
        .isEqualTo(Failure.USAGE);
  }

  private static void requireCgroup2() {
    KernelRequirement.assume(TestCgroup.root().isPresent(), "a cgroup v2 mount");
  }
}
