// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.bpf.CgroupDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeOptionTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "Pod", "Host", "cgroup:", "cgroup", "/sys/fs/cgroup", "netns:1"})
  void refusesAnUnknownScopeAsWrongUse(String scope) {
    assertThatThrownBy(() -> ScopeOption.of(scope).cgroup())
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
    assertThat(ScopeOption.of("cgroup:" + directory).cgroup()).isEqualTo(directory);
  }

  @Test
  void refusesADirectoryThatIsNoCgroup(@TempDir Path directory) {
    requireCgroup2();
    assertThatThrownBy(() -> ScopeOption.of("cgroup:" + directory).cgroup())
        .isInstanceOf(Failure.class)
        .hasMessageContaining("no cgroup v2 directory at " + directory)
        .hasMessageContaining("/proc/PID/cgroup");
    assertThatThrownBy(() -> ScopeOption.of("cgroup:no/such").cgroup())
        .isInstanceOf(Failure.class)
        .hasMessageContaining(CgroupDirectory.root().resolve("no/such").toString());
  }

  @Test
  void takesTheRootAsProcPidCgroupWritesIt() {
    requireCgroup2();
    Path root = CgroupDirectory.root();
    Assumptions.assumeTrue(Files.exists(root.resolve("cgroup.procs")), "cgroup v2 has no procs");
    assertThat(ScopeOption.of("host").cgroup()).isEqualTo(root);
    assertThat(ScopeOption.of("cgroup:/").cgroup()).isEqualTo(root);
    assertThat(ScopeOption.of("cgroup:" + root).cgroup()).isEqualTo(root);
  }

  private static void requireCgroup2() {
    try {
      CgroupDirectory.root();
    } catch (Failure e) {
      Assumptions.abort("cgroup v2 is not mounted: " + e.getMessage());
    }
  }
}
