// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.LiveWalks;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_fold;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestSocket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No transition is lost, and no byte, while interrupts on one CPU and processes on the other work
 * on the same sockets.
 */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class LoadKernelTest {
  private static final int CONNECTIONS = 50_000;
  private static final int WALKED_CONNECTIONS = 15_000;
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

  /**
   * Walks back to back, while connections send, close and are reset on both CPUs: each byte is in
   * one difference, each end is reported once.
   */
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
        var load = captured.namespace().start(new ConnectionLoad(WALKED_CONNECTIONS, 6, 3000)::run);
        walks = walkUntilDone(captured, load);
        outcome = load.join();
        Await.until(
            "the last ends", () -> captured.seen(RecordKind.CLOSE) >= 2L * WALKED_CONNECTIONS);
        captured.detach();
      }
      assertThat(outcome.completed()).isEqualTo(WALKED_CONNECTIONS);
      assertThat(walks).isGreaterThan(100);
      assertThat(captured.outcome(RecordKind.UPDATE, ReportOutcome.PUT)).isGreaterThan(1000);
      assertDifferences(captured, tally, outcome);
    }
  }

  private static long walkUntilDone(CapturedConnections captured, CompletableFuture<?> load) {
    long walks = 0;
    LiveWalks live = captured.liveWalks();
    while (!load.isDone()) {
      try (SocketWalk walk = live.begin()) {
        while (walk.step()) {
          Thread.onSpinWait();
        }
      }
      walks++;
    }
    return walks;
  }

  private static void assertDifferences(
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
    assertThat(tally.ends() + folded).isEqualTo(2L * WALKED_CONNECTIONS);
    assertThat(tally.sentBytes() + foldedBytes[0])
        .isEqualTo(outcome.clientSentBytes() + outcome.serverSentBytes());
    assertThat(tally.receivedBytes() + foldedBytes[1])
        .isEqualTo(outcome.clientReceivedBytes() + outcome.serverReceivedBytes());
    assertThat(captured.counters().unknown()).isZero();
    captured.assertSumsClose();
  }

  /** Where 32 bits have wrapped round. */
  @Test
  void fiveGibibytesAreFiveGibibytes() {
    int chunkBytes = 1 << 20;
    int chunks = 5 << 10;
    try (CapturedConnections captured = CapturedConnections.begin();
        SocketPair pair = captured.connect("127.0.0.1")) {
      long bytes = (long) chunks * chunkBytes;
      CompletableFuture<Void> received =
          CompletableFuture.runAsync(() -> pair.server().receiveAndForget(bytes));
      byte[] chunk = TestSocket.pattern(chunkBytes);
      for (int i = 0; i < chunks; i++) {
        pair.client().sendAll(chunk);
      }
      received.join();
      Conversation.exchange(pair.server(), pair.client(), 321);
      pair.finish();
      assertThat(captured.awaitEnd(true).sentBytes()).isEqualTo(bytes);
      assertThat(captured.awaitEnd(true).receivedBytes()).isEqualTo(321);
      assertThat(captured.awaitEnd(false).receivedBytes()).isEqualTo(bytes);
      assertThat(captured.awaitEnd(false).sentBytes()).isEqualTo(321);
    }
  }
}
