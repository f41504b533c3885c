// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
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
          .extracting(ConnectionRecord::socketCookie)
          .containsExactlyInAnyOrder(inOne.client().cookie(), inOne.server().cookie());
      assertThat(ofOther.walk())
          .extracting(ConnectionRecord::socketCookie)
          .containsExactlyInAnyOrder(inOther.client().cookie(), inOther.server().cookie());
      assertThat(ofOne.outcome(UPDATE, ReportOutcome.PUT)).as("both namespaces").isEqualTo(4);
      assertThat(ofOne.seen(CLOSE)).isZero();
    }
  }
}
