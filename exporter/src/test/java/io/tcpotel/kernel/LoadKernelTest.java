// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.KernelTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * No transition is lost, and no byte, while interrupts on one CPU and processes on the other work
 * on the same sockets.
 */
@KernelTest
@Timeout(180)
class LoadKernelTest {
  private static final int CONNECTIONS = 50_000;
  private static final long ENDS = 2L * CONNECTIONS;
  private static final long RING_BYTES = 1 << 24;

  @Test
  void everyConnectionOfFiftyThousandIsReportedAtBothEnds() {
    try (CapturedConnections captured =
        CapturedConnections.begin(ProbeSettings.of(RING_BYTES, true))) {
      captured.namespace().receiveSteering(true);
      RecordTally tally = new RecordTally(captured.reader());
      ConnectionLoad.Outcome outcome;
      try (tally) {
        outcome = captured.call(new ConnectionLoad(CONNECTIONS, 4, 100)::run);
        Await.until("the last ends", () -> tally.ends() >= ENDS);
        captured.detach();
      }
      assertThat(outcome.failed()).isZero();
      assertThat(outcome.completed()).isEqualTo(CONNECTIONS);
      assertRecords(tally);
      assertBytes(tally, outcome);
      assertCounters(captured, tally);
    }
  }

  private static void assertRecords(RecordTally tally) {
    assertThat(tally.records(RecordKind.OPEN)).isEqualTo(ENDS);
    assertThat(tally.records(RecordKind.CLOSE)).isEqualTo(ENDS);
    assertThat(tally.records(RecordKind.FAILED)).isZero();
    assertThat(tally.ends(ProbeAbi.TCP_PROBE_OUTBOUND())).isEqualTo(CONNECTIONS);
    assertThat(tally.ends(ProbeAbi.TCP_PROBE_INBOUND())).isEqualTo(CONNECTIONS);
    assertThat(tally.withoutOpen()).isZero();
    assertThat(tally.live()).isZero();
    assertThat(tally.errors()).isZero();
  }

  private static void assertBytes(RecordTally tally, ConnectionLoad.Outcome outcome) {
    assertThat(tally.sentBytes()).isEqualTo(outcome.clientSentBytes() + outcome.serverSentBytes());
    assertThat(tally.receivedBytes())
        .isEqualTo(outcome.clientReceivedBytes() + outcome.serverReceivedBytes());
  }

  private static void assertCounters(CapturedConnections captured, RecordTally tally) {
    captured.assertSumsClose();
    for (RecordKind kind : RecordKind.values()) {
      assertThat(captured.outcome(kind, ReportOutcome.PUT)).isEqualTo(tally.records(kind));
      assertThat(captured.seen(kind)).isEqualTo(tally.records(kind));
    }
    assertThat(captured.counters().unknown()).isZero();
    assertThat(captured.reader().availableBytes()).isZero();
  }
}
