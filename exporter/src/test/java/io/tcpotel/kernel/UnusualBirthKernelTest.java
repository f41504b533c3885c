// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketOption;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections that do not come from connect() here and accept() there. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class UnusualBirthKernelTest {
  private static final int BYTES = 1_000;

  /**
   * A socket that connects to itself: both ends are one, SYN_SENT -> SYN_RECV -> ESTABLISHED, and
   * both of its FINs are under way at once, FIN_WAIT1 -> CLOSING.
   */
  @Test
  void aConnectionToItselfIsOneOutboundConnection() {
    try (CapturedConnections captured = CapturedConnections.begin()) {
      int port = captured.call(UnusualBirthKernelTest::talkToItself);
      List<ConnectionRecord> ends = captured.awaitEnds(1);
      captured.detach();
      captured.drain();
      assertThat(captured.records()).hasSize(2).allMatch(Records::isOutbound);
      ConnectionRecord close = ends.get(0);
      assertThat(close.localPort()).isEqualTo(port).isEqualTo(close.peerPort());
      assertThat(close.sentBytes()).isEqualTo(BYTES);
      assertThat(close.receivedBytes()).isEqualTo(BYTES);
      assertThat(close.unackedBytes()).isZero();
      assertThat(close.unreadBytes()).isZero();
      assertThat(close.finReceived()).isTrue();
      assertThat(close.skErr()).isZero();
      assertThat(close.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL());
      assertThat(close.previousState()).isEqualTo(TcpInfo.CLOSING);
      assertThat(close.openReported()).isTrue();
      assertThat(ErrorType.of(close)).isNull();
      captured.assertSumsClose();
    }
  }

  private static int talkToItself() {
    try (TestSocket socket = TestSocket.v4().bind(Endpoint.of("127.0.0.1", 0))) {
      Endpoint itself = socket.localEndpoint();
      socket.connect(itself);
      socket.sendAll(BYTES);
      socket.receiveExactly(BYTES);
      socket.shutdownWrite();
      socket.receiveToEnd();
      return itself.port();
    }
  }

  /**
   * As CRIU restores a connection: both ends by connect(), without a packet, and so without a SYN.
   */
  @Test
  void aRestoredConnectionHasNoSynToSubtract() {
    try (CapturedConnections captured = CapturedConnections.begin()) {
      captured.run(UnusualBirthKernelTest::talkAfterRestore);
      List<ConnectionRecord> ends = captured.awaitEnds(2);
      assertThat(captured.opens()).hasSize(2);
      assertThat(ends).extracting(ConnectionRecord::sentBytes).containsExactlyInAnyOrder(100L, 77L);
      assertThat(ends)
          .extracting(ConnectionRecord::receivedBytes)
          .containsExactlyInAnyOrder(77L, 100L);
      assertThat(ends)
          .extracting(ConnectionRecord::localIsn)
          .as("the first byte of payload follows it")
          .containsExactlyInAnyOrder(999_999L, 1_999_999L);
      assertThat(ends).allMatch(end -> ErrorType.of(end) == null);
      captured.assertSumsClose();
    }
  }

  private static void talkAfterRestore() {
    try (TestSocket one = TestSocket.v4().bind(Endpoint.of("127.0.0.1", 7001));
        TestSocket other = TestSocket.v4().bind(Endpoint.of("127.0.0.1", 7002))) {
      restore(one, 1_000_000, 2_000_000, 7002);
      restore(other, 2_000_000, 1_000_000, 7001);
      one.set(SocketOption.REPAIR, 0);
      other.set(SocketOption.REPAIR, 0);
      one.sendAll(100);
      other.receiveExactly(100);
      other.sendAll(77);
      one.receiveExactly(77);
      one.shutdownWrite();
      other.receiveToEnd();
      other.shutdownWrite();
      one.receiveToEnd();
    }
  }

  private static void restore(TestSocket socket, int sent, int received, int peerPort) {
    socket.set(SocketOption.REPAIR, 1);
    socket.set(SocketOption.REPAIR_QUEUE, 2).set(SocketOption.QUEUE_SEQUENCE, sent);
    socket.set(SocketOption.REPAIR_QUEUE, 1).set(SocketOption.QUEUE_SEQUENCE, received);
    socket.connect(Endpoint.of("127.0.0.1", peerPort));
  }

  /** Nobody accepted it: the kernel resets it with the listener. */
  @Test
  void aConnectionThatNobodyAcceptedIsReportedAtBothEnds() {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    try (CapturedConnections captured = CapturedConnections.begin();
        TestSocket client = captured.call(TestSocket::v4)) {
      try (TestSocket listener = captured.call(() -> TestSocket.listening(any))) {
        client.connect(listener.localEndpoint());
        client.sendAll(BYTES);
      }
      captured.awaitEnds(2);
      assertThat(captured.opens()).hasSize(2);
      assertThat(captured.ends())
          .hasSize(2)
          .allMatch(end -> end.previousState() == TcpInfo.ESTABLISHED && end.openReported())
          .allMatch(end -> end.pid() == ProcessHandle.current().pid());
      assertThat(captured.ends())
          .filteredOn(Records::isOutbound)
          .allMatch(end -> end.skErr() == Errno.ECONNRESET)
          .hasSize(1);
      assertThat(captured.ends())
          .filteredOn(end -> !Records.isOutbound(end))
          .allMatch(end -> end.receivedBytes() == BYTES && end.unreadBytes() == BYTES)
          .allMatch(end -> ErrorType.of(end) == ErrorType.CONNECTION_ABORTED)
          .hasSize(1);
    }
  }

  /** Two sockets with the same ports, one after the other, are two connections. */
  @Test
  void theSamePortsAgainAreAnotherConnection() {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    try (CapturedConnections captured = CapturedConnections.begin();
        TestSocket listener = captured.call(() -> TestSocket.listening(any))) {
      int port = captured.call(() -> connectFrom(listener, 0));
      assertThat(captured.namespace().<Integer>call(() -> connectFrom(listener, port)))
          .isEqualTo(port);
      List<ConnectionRecord> ends = captured.awaitEnds(4);
      assertThat(ends).hasSize(4);
      assertThat(ends.stream().map(end -> end.connectionId()).distinct()).hasSize(4);
      assertThat(ends.stream().map(ConnectionRecord::generation).distinct()).containsExactly(0L);
      assertThat(ends.stream().map(ConnectionRecord::localPort).distinct()).hasSize(2);
    }
  }

  /** Ends by a reset, so that no TIME_WAIT keeps the ports. */
  private static int connectFrom(TestSocket listener, int port) {
    try (TestSocket client = TestSocket.v4().reuseAddress(true)) {
      client.bind(Endpoint.of("127.0.0.1", port)).connect(listener.localEndpoint());
      int own = client.localEndpoint().port();
      try (TestSocket server = listener.accept()) {
        client.reset();
        assertThat(server.isOpen()).isTrue();
      }
      return own;
    }
  }
}
