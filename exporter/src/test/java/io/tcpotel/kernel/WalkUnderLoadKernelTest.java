// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.LiveWalks;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.bpf.abi.tcp_probe_fold;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.KernelTest;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Walks back to back, while connections send, close and are reset on both CPUs: each byte is in one
 * difference, each end is reported once.
 */
@KernelTest
@Timeout(180)
class WalkUnderLoadKernelTest {
  private static final int CONNECTIONS = 15_000;
  private static final RecordKind UPDATE = RecordKind.UPDATE;

  @ParameterizedTest
  @ValueSource(ints = {1 << 24, 1 << 16})
  void theDifferencesAddUpToTheTraffic(int ringBytes) throws Exception {
    ProbeSettings settings =
        ProbeSettings.of(ringBytes, true).withLiveReports(new LiveReports(0, true));
    try (CapturedConnections captured = CapturedConnections.begin(settings)) {
      captured.namespace().receiveSteering(true);
      RecordTally tally = new RecordTally(captured.reader());
      ConnectionLoad.Outcome outcome;
      long walks;
      try (tally) {
        var load = captured.namespace().start(new ConnectionLoad(CONNECTIONS, 6, 3000)::run);
        walks = walkUntilDone(captured, load);
        outcome = load.join();
        Await.until("the last ends", () -> captured.seen(RecordKind.CLOSE) >= 2L * CONNECTIONS);
        captured.detach();
      }
      assertThat(outcome.completed()).isEqualTo(CONNECTIONS);
      assertThat(walks).isGreaterThan(100);
      assertThat(captured.outcome(UPDATE, ReportOutcome.PUT)).isGreaterThan(1000);
      assertSums(captured, tally, outcome);
    }
  }

  private static long walkUntilDone(CapturedConnections captured, CompletableFuture<?> load) {
    long walks = 0;
    try (LiveWalks live = captured.liveWalks()) {
      while (!load.isDone()) {
        try (SocketWalk walk = live.begin()) {
          while (walk.step()) {
            Thread.onSpinWait();
          }
        }
        walks++;
      }
    }
    return walks;
  }

  private static void assertSums(
      CapturedConnections captured, RecordTally tally, ConnectionLoad.Outcome outcome) {
    long folded = captured.outcome(RecordKind.CLOSE, ReportOutcome.FOLDED);
    long[] foldedBytes = new long[2];
    captured
        .folds()
        .collect(
            (key, difference) -> {
              foldedBytes[0] += tcp_probe_fold.sent_bytes(difference);
              foldedBytes[1] += tcp_probe_fold.received_bytes(difference);
            });
    assertThat(tally.backwards()).isZero();
    assertThat(tally.ends() + folded).isEqualTo(2L * CONNECTIONS);
    assertThat(tally.sentBytes() + foldedBytes[0])
        .isEqualTo(outcome.clientSentBytes() + outcome.serverSentBytes());
    assertThat(tally.receivedBytes() + foldedBytes[1])
        .isEqualTo(outcome.clientReceivedBytes() + outcome.serverReceivedBytes());
    assertThat(captured.counters().unknown()).isZero();
    captured.assertSumsClose();
  }
}
