// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel's count of runs, while it counts them and while it does not. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class ProgramRunsKernelTest {
  private static final Path COUNTS = Path.of("/proc/sys/kernel/bpf_stats_enabled");

  private static void connect(TestNamespace namespace, int times) {
    for (int i = 0; i < times; i++) {
      namespace.call(() -> SocketPair.over("127.0.0.1")).finish();
    }
  }

  private static long hooks(TcpProbe probe) {
    return probe.programRuns().stream()
        .filter(each -> each.name().equals(TcpProbe.HOOKS))
        .mapToLong(ProgramRuns::count)
        .sum();
  }

  @Test
  void runsAreCountedWhileTheKernelIsToldTo() throws IOException {
    String before = Files.readString(COUNTS);
    LibbpfLibrary.load();
    try (TestNamespace namespace = TestNamespace.create();
        TestCgroup cgroup = TestCgroup.create().join();
        TcpProbe probe = TcpProbe.load(ProbeSettings.of(1 << 16, true))) {
      Files.writeString(COUNTS, "0");
      probe.attach(cgroup.path());
      connect(namespace, 5);
      assertThat(hooks(probe)).isZero();
      Files.writeString(COUNTS, "1");
      connect(namespace, 20);
      long counted = hooks(probe);
      assertThat(counted).as("each end is established, and ends").isGreaterThanOrEqualTo(20 * 4);
      List<ProgramRuns> runs = probe.programRuns();
      assertThat(runs).allSatisfy(each -> assertThat(each.timeNs()).isPositive());
      assertThat(runs).extracting(ProgramRuns::name).doesNotHaveDuplicates();
      Files.writeString(COUNTS, "0");
      connect(namespace, 5);
      assertThat(hooks(probe)).isEqualTo(counted);
    } finally {
      Files.writeString(COUNTS, before.strip());
    }
  }
}
