// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket that connects again begins a new connection, with nothing of the one before. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class SocketReuseKernelTest {
  private static final int BYTES = 100;

  @Test
  void nothingIsLeftOfAConnectThatTimedOut() {
    try (CapturedConnections captured = CapturedConnections.begin()) {
      Endpoint silent = Endpoint.of(captured.namespace().failingV4().silent(), 9);
      long cookie = captured.call(() -> connectTwice(silent, Errno.ETIMEDOUT));
      List<ConnectionRecord> ends = captured.awaitEnds(3);
      assertThat(ends).hasSize(3);
      ConnectionRecord failed = ends.get(0);
      assertThat(failed.kind()).isEqualTo(RecordKind.FAILED);
      assertThat(failed.skErr()).isEqualTo(Errno.ETIMEDOUT);
      assertThat(failed.lost()).as("the SYNs without an answer").isPositive();
      assertSecond(captured, cookie);
      captured.assertSumsClose();
    }
  }

  private static long connectTwice(Endpoint failing, int errno) {
    try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0));
        TestSocket client = TestSocket.v4().synRetries(1)) {
      assertThat(client.tryConnect(failing)).isEqualTo(errno);
      client.connect(listener.localEndpoint());
      try (TestSocket server = listener.accept()) {
        client.sendAll(BYTES);
        server.receiveExactly(BYTES);
        client.shutdownWrite();
        server.receiveToEnd();
      }
      client.receiveToEnd();
      return client.cookie();
    }
  }

  private static void assertSecond(CapturedConnections captured, long cookie) {
    List<ConnectionRecord> ofSocket =
        captured.records().stream().filter(record -> record.socketCookie() == cookie).toList();
    assertThat(ofSocket)
        .extracting(ConnectionRecord::kind)
        .containsExactly(RecordKind.FAILED, RecordKind.OPEN, RecordKind.CLOSE);
    assertThat(ofSocket).extracting(ConnectionRecord::generation).containsExactly(0L, 1L, 1L);
    for (ConnectionRecord second : ofSocket.subList(1, 3)) {
      assertThat(second.connSuccess()).isTrue();
      assertThat(second.skErr()).isZero();
      assertThat(second.lost()).as("lost").isZero();
      assertThat(second.lostOut()).isZero();
      assertThat(second.totalRetrans()).isZero();
      assertThat(second.segsOut()).isBetween(1L, 6L);
      assertThat(second.durationNs()).isLessThan(2_000_000_000L);
      assertThat(second.peerAddressText()).isEqualTo("127.0.0.1");
    }
    assertThat(ofSocket.get(2).sentBytes()).isEqualTo(BYTES);
    assertThat(ErrorType.of(ofSocket.get(2))).isNull();
  }
}
