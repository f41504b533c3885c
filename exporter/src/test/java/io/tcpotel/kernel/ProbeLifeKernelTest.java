// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What was there before the program, beside it, and after it. */
@KernelTest
@Timeout(60)
class ProbeLifeKernelTest {
  private static final Path BPFTOOL = Path.of("/usr/sbin/bpftool");
  private static final int BYTES = 1_234;

  private static SocketPair pair() {
    return SocketPair.over("127.0.0.1");
  }

  private static void connectAndFinish() {
    try (SocketPair pair = pair()) {
      pair.client().sendAll(BYTES);
      pair.server().receiveExactly(BYTES);
      pair.finish();
    }
  }

  private static void assertNothingSeen(CapturedConnections captured) {
    for (RecordKind kind : RecordKind.values()) {
      assertThat(captured.seen(kind)).as("seen of kind %d", kind).isZero();
    }
  }

  /** An earlier program has asked for the states of the socket, for all programs after it too. */
  @Test
  void aCloseOfUnknownBirthCountsAsUnknownAlone() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections earlier = new CapturedConnections(cgroup, namespace);
        SocketPair old = namespace.call(ProbeLifeKernelTest::pair);
        CapturedConnections later = new CapturedConnections(cgroup, namespace)) {
      old.finish();
      earlier.awaitEnds(2);
      assertThat(earlier.counters().unknown()).isZero();
      assertThat(later.drain()).isZero();
      assertNothingSeen(later);
      assertThat(later.counters().unknown()).isEqualTo(2);
    }
  }

  @Test
  void afterDetachingNothingIsSeenAndOneMoreProgramBeginsAtZero() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create()) {
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace);
          SocketPair open = namespace.call(ProbeLifeKernelTest::pair)) {
        captured.detach();
        namespace.run(ProbeLifeKernelTest::connectAndFinish);
        open.finish();
        assertThat(captured.drain()).as("the two opens from before").isEqualTo(2);
        assertThat(captured.seen(RecordKind.OPEN)).isEqualTo(2);
        assertThat(captured.seen(RecordKind.CLOSE)).isZero();
      }
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
        assertNothingSeen(captured);
        namespace.run(ProbeLifeKernelTest::connectAndFinish);
        assertThat(captured.awaitEnds(2)).hasSize(2);
        assertThat(captured.seen(RecordKind.CLOSE)).isEqualTo(2);
      }
    }
  }

  @Test
  void nothingStaysAttached() throws Exception {
    KernelRequirement.assume(Files.isExecutable(BPFTOOL), BPFTOOL.toString());
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create()) {
      assertThat(attached(cgroup)).isEmpty();
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
        assertThat(attached(cgroup)).contains("observe_connect").contains("sock_ops");
        assertThat(captured.drain()).isZero();
      }
      assertThat(attached(cgroup)).isEmpty();
    }
  }

  private static String attached(TestCgroup cgroup) throws Exception {
    File output = File.createTempFile("tcpotel-bpftool", ".out");
    try {
      Process process =
          new ProcessBuilder(BPFTOOL.toString(), "cgroup", "show", cgroup.path().toString())
              .redirectErrorStream(true)
              .redirectOutput(output)
              .start();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      String text = Files.readString(output.toPath(), StandardCharsets.UTF_8);
      assertThat(process.exitValue()).as(text).isZero();
      return text;
    } finally {
      Files.delete(output.toPath());
    }
  }
}
