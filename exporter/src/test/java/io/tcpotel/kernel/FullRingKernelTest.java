// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What finds no room in the ring is counted, and nothing else is touched by it. */
@KernelTest
@Timeout(60)
class FullRingKernelTest {
  private static final int RING_BYTES = 4096;
  private static final int CONNECTIONS = 30;

  /** A record has a header of 8 bytes, and the ring keeps one byte free. */
  private static final int ROOM = (int) ((RING_BYTES - 1) / (tcp_probe_info.sizeof() + 8));

  private static final int OPEN = ProbeAbi.TCP_PROBE_OPEN();
  private static final int CLOSE = ProbeAbi.TCP_PROBE_CLOSE();
  private static final int FAILED = ProbeAbi.TCP_PROBE_FAILED();

  private static CapturedConnections observe(TestCgroup cgroup, TestNamespace namespace) {
    return new CapturedConnections(cgroup, namespace, ProbeSettings.of(RING_BYTES, true));
  }

  @Test
  void theCountersSayWhatIsMissing() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = observe(cgroup, namespace)) {
      namespace.run(
          () -> {
            for (int i = 0; i < CONNECTIONS; i++) {
              try (SocketPair pair = SocketPair.over("127.0.0.1")) {
                pair.finish();
              }
              try (TestSocket socket = TestSocket.v4()) {
                assertThat(socket.tryConnect(Endpoint.of("127.0.0.1", 9))).isPositive();
              }
            }
          });
      captured.detach();
      assertThat(captured.drain()).isEqualTo(ROOM);
      assertThat(captured.seen(OPEN)).isEqualTo(2 * CONNECTIONS);
      assertThat(captured.seen(CLOSE)).isEqualTo(2 * CONNECTIONS);
      assertThat(captured.seen(FAILED)).isEqualTo(CONNECTIONS);
      assertMissing(captured, OPEN, ProbeAbi.TCP_PROBE_DEFERRED());
      assertMissing(captured, CLOSE, ProbeAbi.TCP_PROBE_FOLDED());
      assertMissing(captured, FAILED, ProbeAbi.TCP_PROBE_FOLDED());
      captured.assertSumsClose();
    }
  }

  /** read + not read = seen. */
  private static void assertMissing(CapturedConnections captured, int kind, int outcome) {
    long read = captured.records().stream().filter(record -> record.kind() == kind).count();
    assertThat(read).as("records of kind %d", kind).isPositive();
    assertThat(captured.outcome(kind, ProbeAbi.TCP_PROBE_PUT())).isEqualTo(read);
    assertThat(read + captured.outcome(kind, outcome)).isEqualTo(captured.seen(kind));
  }

  @Test
  void aCloseSaysThatItsOpenWasDeferred() {
    List<SocketPair> pairs = new ArrayList<>();
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = observe(cgroup, namespace)) {
      namespace.run(
          () -> {
            for (int i = 0; i < CONNECTIONS; i++) {
              pairs.add(SocketPair.over("127.0.0.1"));
            }
          });
      assertThat(captured.drain()).isEqualTo(ROOM);
      for (SocketPair pair : pairs) {
        pair.client().sendAll(10);
        pair.server().receiveExactly(10);
        pair.finish();
        captured.drain();
      }
      List<CapturedRecord> closes = captured.awaitEnds(2 * CONNECTIONS);
      assertThat(captured.outcome(OPEN, ProbeAbi.TCP_PROBE_DEFERRED()))
          .isEqualTo(2 * CONNECTIONS - ROOM);
      assertThat(closes).hasSize(2 * CONNECTIONS);
      List<Long> opened = captured.opens().stream().map(CapturedRecord::socketCookie).toList();
      assertThat(opened).hasSize(ROOM);
      assertThat(closes)
          .allMatch(close -> close.openReported() == opened.contains(close.socketCookie()))
          .allMatch(close -> close.connSuccess() && close.durationNs() > 0)
          .allMatch(close -> close.sentBytes() + close.receivedBytes() == 10);
      captured.assertSumsClose();
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }
}
