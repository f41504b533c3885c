// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The callbacks that another program has asked for stay, when ours asks for its own. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class CallbackFlagsKernelTest {
  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true);

  // linux/bpf.h; the second argument of bpf_sock_ops_cb_flags_set() is in register 2.
  private static final int STATE_CALLBACK = 4;
  private static final int RTT_CALLBACK = 8;
  private static final int OR = 0x40;
  private static final int AND = 0x50;
  private static final int OR_32_WITH_CONSTANT = 0x44;
  private static final int OR_64_WITH_CONSTANT = 0x47;
  private static final int INSTRUCTION_BYTES = 8;

  /**
   * Our program, except that it asks for the round-trip callback: it shows what the one before it
   * is left with.
   */
  private static byte[] imageThatAsksForRoundTrips() throws IOException {
    return imageWith(RTT_CALLBACK);
  }

  /** Our program with other flags; 0 clears all of them. */
  private static byte[] imageWith(int callback) throws IOException {
    byte[] bytes;
    try (InputStream in = TcpProbe.class.getResourceAsStream("tcp_probe.bpf.o")) {
      bytes = in.readAllBytes();
    }
    ByteBuffer image = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    int found = 0;
    for (int at = 0; at <= bytes.length - INSTRUCTION_BYTES; at += INSTRUCTION_BYTES) {
      int operation = image.get(at);
      boolean isOr = operation == OR_32_WITH_CONSTANT || operation == OR_64_WITH_CONSTANT;
      if (isOr && image.getShort(at + 1) == 2 && image.getInt(at + 4) == STATE_CALLBACK) {
        image.putInt(at + 4, callback);
        image.put(at, (byte) (callback == 0 ? operation - OR + AND : operation));
        found++;
      }
    }
    assertThat(found).as("places that add the state callback to those set before").isPositive();
    return bytes;
  }

  @Test
  void stayAsAnotherProgramSetThem() throws IOException {
    byte[] image = imageThatAsksForRoundTrips();
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        TcpProbe first = TcpProbe.load(SETTINGS);
        TcpProbe second = new ProbeLoader(SETTINGS, image).load()) {
      second.attach(cgroup.path());
      namespace.run(CallbackFlagsKernelTest::connectAndFinish);
      assertThat(seen(second, RecordKind.OPEN)).isEqualTo(2);
      assertThat(seen(second, RecordKind.CLOSE)).as("asks for no states").isZero();

      second.detach();
      first.attach(cgroup.path());
      second.attach(cgroup.path()); // runs after the first
      namespace.run(CallbackFlagsKernelTest::connectAndFinish);
      assertThat(seen(first, RecordKind.OPEN)).isEqualTo(2);
      assertThat(seen(first, RecordKind.CLOSE)).isEqualTo(2);
    }
  }

  @Test
  void aWalkFindsAConnectionWhoseFlagAnotherProgramHasCleared() throws IOException {
    ProbeSettings walking = SETTINGS.withLiveReports(new LiveReports(0, true));
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        TcpProbe first = TcpProbe.load(walking);
        TcpProbe second = new ProbeLoader(SETTINGS, imageWith(0)).load()) {
      first.attach(cgroup.path());
      assertThat(isFoundCleared(first, namespace)).as("by nobody").isFalse();
      assertThat(seen(first, RecordKind.CLOSE)).isEqualTo(2);
      second.attach(cgroup.path()); // runs after the first
      assertThat(isFoundCleared(first, namespace)).isTrue();
      assertThat(seen(first, RecordKind.CLOSE)).as("none of the second pair").isEqualTo(2);
    }
  }

  /** What a walk finds while a connection of this moment is open. */
  private static boolean isFoundCleared(TcpProbe probe, TestNamespace namespace) {
    try (SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      walk(probe);
      pair.finish();
      return probe.shared().isFlagCleared();
    }
  }

  private static void walk(TcpProbe probe) {
    try (SocketWalk walk = probe.liveWalks().begin()) {
      while (walk.step()) {
        // few connections: few steps
      }
    }
  }

  private static long seen(TcpProbe probe, RecordKind kind) {
    return probe.counters().snapshot().seen(kind);
  }

  private static void connectAndFinish() {
    try (SocketPair pair = SocketPair.over("127.0.0.1")) {
      pair.finish();
    }
  }
}
