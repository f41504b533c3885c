// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is not to be reported is not, and is counted. */
@KernelTest
@Timeout(60)
class FilterKernelTest {
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind FAILED = RecordKind.FAILED;
  private static final ReportOutcome PUT = ReportOutcome.PUT;
  private static final ReportOutcome FILTERED = ReportOutcome.FILTERED;
  private static final ReportOutcome DEFERRED = ReportOutcome.DEFERRED;

  private static ProbeSettings kinds(RecordKind... kinds) {
    long ring = ProbeSettings.DEFAULT_RING_BYTES;
    return ProbeSettings.of(ring, true).withReportKinds(Set.of(kinds));
  }

  @Test
  void opensThatAreNotAskedForAreDeferredToTheirCloses() {
    try (CapturedConnections captured = CapturedConnections.begin(kinds(CLOSE, FAILED))) {
      captured.run(FilterKernelTest::connectAndFail);
      List<ConnectionRecord> ends = captured.awaitEnds(3);
      assertThat(captured.opens()).isEmpty();
      assertThat(ends).hasSize(3).noneMatch(ConnectionRecord::openReported);
      assertThat(captured.outcome(OPEN, DEFERRED)).isEqualTo(2);
      assertThat(captured.outcome(CLOSE, PUT)).isEqualTo(2);
      assertThat(captured.outcome(FAILED, PUT)).isEqualTo(1);
      captured.assertSumsClose();
    }
  }

  @Test
  void endsThatAreNotAskedForAreFiltered() {
    try (CapturedConnections captured = CapturedConnections.begin(kinds(OPEN))) {
      captured.run(FilterKernelTest::connectAndFail);
      captured.detach();
      captured.drain();
      assertThat(captured.opens()).hasSize(2);
      assertThat(captured.ends()).isEmpty();
      assertThat(captured.outcome(CLOSE, FILTERED)).isEqualTo(2);
      assertThat(captured.outcome(FAILED, FILTERED)).isEqualTo(1);
      captured.assertSumsClose();
    }
  }

  private static void connectAndFail() {
    try (SocketPair pair = SocketPair.over("127.0.0.1")) {
      pair.finish();
    }
    try (TestSocket socket = TestSocket.v4()) {
      assertThat(socket.tryConnect(Endpoint.of("127.0.0.1", 9))).isPositive();
    }
  }

  @Test
  void anEntryForAnOwnConnectionServesOnce() {
    ProbeSettings withoutOwn = ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false);
    List<SocketPair> pairs = new ArrayList<>();
    try (CapturedConnections captured = CapturedConnections.begin(withoutOwn)) {
      captured.run(
          () -> {
            for (int i = 0; i < 2 * ProbeAbi.TCP_PROBE_OWN_CONNECTIONS(); i++) {
              pairs.add(SocketPair.over("127.0.0.1"));
            }
          });
      pairs.forEach(SocketPair::finish);
      captured.detach();
      assertThat(captured.drain()).isZero();
      assertThat(captured.seen(CLOSE)).isZero();
      assertThat(captured.outcome(OPEN, FILTERED)).isEqualTo(2L * pairs.size());
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }
}
