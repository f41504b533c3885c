// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections are reported while they live, and each byte in exactly one record's difference. */
@KernelTest
@Timeout(60)
class LiveReportKernelTest {
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind UPDATE = RecordKind.UPDATE;
  private static final long RING_BYTES = ProbeSettings.DEFAULT_RING_BYTES;

  private static ProbeSettings reportsOfAnyAge(long ringBytes, boolean unchanged) {
    return ProbeSettings.of(ringBytes, true).withLiveReports(new LiveReports(0, unchanged));
  }

  /** Past the tick in which a segment came: until then a total may be a byte behind. */
  private static void comeToRest() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(25);
  }

  @Test
  void aReportThatFindsNoRoomIsMadeUpForByTheNext() throws Exception {
    int ring = 4096;
    int room = (int) ((ring - 1) / (tcp_probe_info.sizeof() + 8));
    List<SocketPair> pairs = new ArrayList<>();
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(ring, false))) {
      namespace.run(
          () -> {
            for (int i = 0; i < room; i++) {
              pairs.add(SocketPair.over("127.0.0.1"));
            }
          });
      pairs.forEach(pair -> pair.client().sendAll(10));
      pairs.forEach(pair -> pair.server().receiveExactly(10));
      comeToRest();
      assertThat(captured.outcome(OPEN, ReportOutcome.DEFERRED)).isEqualTo(room);
      assertThat(captured.walk()).as("with the ring full at first").hasSizeLessThan(2 * room);
      assertThat(captured.outcome(UPDATE, ReportOutcome.DEFERRED)).isPositive();
      captured.walk();
      List<CapturedRecord> updates = captured.ofKind(UPDATE);
      long sent = updates.stream().mapToLong(u -> u.sentBytes() - u.reportedSentBytes()).sum();
      assertThat(sent).isEqualTo(10L * room);
      assertThat(updates.stream().map(CapturedRecord::socketCookie).distinct()).hasSize(2 * room);
      assertThat(updates.stream().filter(u -> !u.openReported()))
          .as("first records of those whose open found no room")
          .hasSize(room);
      captured.assertSumsClose();
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }

  @Test
  void connectionsOfOtherNamespacesAreFound() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace one = TestNamespace.create();
        TestNamespace other = TestNamespace.create();
        CapturedConnections ofOne =
            new CapturedConnections(cgroup, one, reportsOfAnyAge(RING_BYTES, true));
        CapturedConnections ofOther =
            new CapturedConnections(cgroup, other, reportsOfAnyAge(RING_BYTES, true));
        SocketPair inOne = one.call(() -> SocketPair.over("127.0.0.1"));
        SocketPair inOther = other.call(() -> SocketPair.over("127.0.0.1"))) {
      assertThat(ofOne.walk())
          .extracting(CapturedRecord::socketCookie)
          .containsExactlyInAnyOrder(inOne.client().cookie(), inOne.server().cookie());
      assertThat(ofOther.walk())
          .extracting(CapturedRecord::socketCookie)
          .containsExactlyInAnyOrder(inOther.client().cookie(), inOther.server().cookie());
      assertThat(ofOne.outcome(UPDATE, ReportOutcome.PUT)).as("both namespaces").isEqualTo(4);
      assertThat(ofOne.seen(CLOSE)).isZero();
    }
  }
}
