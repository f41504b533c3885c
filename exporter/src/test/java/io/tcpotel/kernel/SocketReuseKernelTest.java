// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket that connects again begins a new connection, with nothing of the one before. */
@KernelTest
@Timeout(60)
class SocketReuseKernelTest {
  private static final int BYTES = 100;

  @Test
  void nothingIsLeftOfAConnectThatTimedOut() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      Endpoint silent = Endpoint.of(namespace.failingV4().silent(), 9);
      long cookie = namespace.call(() -> connectTwice(silent, Errno.ETIMEDOUT));
      List<CapturedRecord> ends = captured.awaitEnds(3);
      assertThat(ends).hasSize(3);
      CapturedRecord failed = ends.get(0);
      assertThat(failed.kind()).isEqualTo(ProbeAbi.TCP_PROBE_FAILED());
      assertThat(failed.skErr()).isEqualTo(Errno.ETIMEDOUT);
      assertThat(failed.lost()).as("the SYNs without an answer").isPositive();
      assertSecond(captured, cookie);
      captured.assertSumsClose();
    }
  }

  @Test
  void nothingIsLeftOfARefusedConnect() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      Endpoint refusing = Endpoint.of("127.0.0.1", 9);
      long cookie = namespace.call(() -> connectTwice(refusing, Errno.ECONNREFUSED));
      List<CapturedRecord> ends = captured.awaitEnds(3);
      assertThat(ends).hasSize(3);
      assertThat(ends.get(0).skErr()).isEqualTo(Errno.ECONNREFUSED);
      assertSecond(captured, cookie);
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
    List<CapturedRecord> ofSocket =
        captured.records().stream().filter(record -> record.socketCookie() == cookie).toList();
    assertThat(ofSocket)
        .extracting(CapturedRecord::kind)
        .containsExactly(
            (long) ProbeAbi.TCP_PROBE_FAILED(),
            (long) ProbeAbi.TCP_PROBE_OPEN(),
            (long) ProbeAbi.TCP_PROBE_CLOSE());
    assertThat(ofSocket).extracting(CapturedRecord::generation).containsExactly(0L, 1L, 1L);
    for (CapturedRecord second : ofSocket.subList(1, 3)) {
      assertThat(second.connSuccess()).isTrue();
      assertThat(second.skErr()).isZero();
      assertThat(second.lost()).as("lost in %s", second).isZero();
      assertThat(second.lostOut()).isZero();
      assertThat(second.totalRetrans()).isZero();
      assertThat(second.segsOut()).isBetween(1L, 6L);
      assertThat(second.durationNs()).isLessThan(2_000_000_000L);
      assertThat(second.peerAddress()).isEqualTo("127.0.0.1");
    }
    assertThat(ofSocket.get(2).sentBytes()).isEqualTo(BYTES);
    assertThat(ErrorType.of(ofSocket.get(2).view())).isNull();
  }

  /** How the ten connects of one socket go, each with its own amount of data. */
  private enum Turn {
    REFUSED,
    DISCONNECTED,
    RESET_BY_PEER,
    UNANSWERED_DATA
  }

  private static final List<Turn> TURNS =
      List.of(
          Turn.REFUSED,
          Turn.DISCONNECTED,
          Turn.RESET_BY_PEER,
          Turn.REFUSED,
          Turn.REFUSED,
          Turn.UNANSWERED_DATA,
          Turn.RESET_BY_PEER,
          Turn.DISCONNECTED,
          Turn.UNANSWERED_DATA,
          Turn.DISCONNECTED);

  /** No errno, no byte and no loss of an earlier connection is in a later one. */
  @Test
  void tenConnectsOfOneSocketAreTenConnections() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      long cookie = namespace.call(() -> connectTenTimes(captured));
      List<CapturedRecord> ends =
          captured.ends().stream().filter(end -> end.socketCookie() == cookie).toList();
      assertThat(ends).hasSize(TURNS.size());
      for (int i = 0; i < TURNS.size(); i++) {
        assertTurn(ends.get(i), TURNS.get(i), i);
      }
      assertThat(ends.stream().map(end -> end.view().connectionId()).distinct()).hasSize(10);
      captured.assertSumsClose();
    }
  }

  /** Returns the socket's cookie, when the ends of all ten have come. */
  private static long connectTenTimes(CapturedConnections captured) {
    try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0));
        TestSocket client = TestSocket.v4()) {
      for (int i = 0; i < TURNS.size(); i++) {
        int earlier = captured.ends().size();
        take(TURNS.get(i), i, client, listener);
        captured.awaitEnds(earlier + (TURNS.get(i) == Turn.REFUSED ? 1 : 2));
      }
      return client.cookie();
    }
  }

  private static void take(Turn turn, int index, TestSocket client, TestSocket listener) {
    if (turn == Turn.REFUSED) {
      assertThat(client.tryConnect(Endpoint.of("127.0.0.1", 9))).isEqualTo(Errno.ECONNREFUSED);
      return;
    }
    client.connect(listener.localEndpoint());
    try (TestSocket server = listener.accept()) {
      server.sendAll(receivedIn(index));
      client.receiveExactly(receivedIn(index));
      client.sendAll(sentIn(index));
      if (turn != Turn.UNANSWERED_DATA) {
        server.receiveExactly(sentIn(index));
        Conversation.await(
            "its acknowledgement", () -> client.tcpInfo().bytesAcked() == sentIn(index) + 1);
      }
      if (turn == Turn.DISCONNECTED) {
        client.disconnect();
      } else if (turn == Turn.RESET_BY_PEER) {
        server.reset();
      }
    }
    Conversation.await("its end", () -> client.tcpInfo().state() == TcpInfo.CLOSE);
    client.disconnect(); // without it the next connect is EISCONN after a reset
  }

  private static int sentIn(int index) {
    return 1_000 + 10 * index;
  }

  private static int receivedIn(int index) {
    return 100 + index;
  }

  private static void assertTurn(CapturedRecord end, Turn turn, int index) {
    boolean refused = turn == Turn.REFUSED;
    assertThat(end.generation()).as(turn + " " + index).isEqualTo(index);
    assertThat(end.connSuccess()).isEqualTo(!refused);
    assertThat(end.sentBytes() + end.unackedBytes()).isEqualTo(refused ? 0 : sentIn(index));
    assertThat(end.receivedBytes()).isEqualTo(refused ? 0 : receivedIn(index));
    assertThat(end.lost() + end.lostOut() + end.totalRetrans()).isZero();
    assertThat(end.segsOut()).isBetween(1L, 8L);
    assertThat(end.unreadBytes()).isZero();
    ErrorType error =
        switch (turn) {
          case REFUSED -> ErrorType.CONNECTION_REFUSED;
          case DISCONNECTED -> ErrorType.CONNECTION_ABORTED;
          default -> ErrorType.CONNECTION_RESET;
        };
    assertThat(ErrorType.of(end.view())).isEqualTo(error);
  }
}
