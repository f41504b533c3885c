// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketOption;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that carry data, cross each other, or are over before anybody accepts. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class UnusualHandshakeKernelTest {

  /** Client and server, all listeners, no cookie asked for (ip-sysctl). */
  private static final String FAST_OPEN_WITHOUT_COOKIE =
      Integer.toString(0x1 | 0x2 | 0x4 | 0x200 | 0x400);

  /** Data in the SYN, which the kernel counts at another place than all other data. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void fastOpenDataIsCountedOnce(String address) {
    try (CapturedConnections captured = CapturedConnections.begin()) {
      captured.namespace().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_COOKIE);
      captured.run(() -> openFast(Endpoint.of(address, 0)));
      ConnectionRecord client = captured.awaitEnd(true);
      ConnectionRecord server = captured.awaitEnd(false);
      assertThat(client.sentBytes()).isEqualTo(700 + 55).isEqualTo(server.receivedBytes());
      assertThat(client.receivedBytes()).isEqualTo(900).isEqualTo(server.sentBytes());
      assertThat(captured.opens()).hasSize(2);
      assertThat(captured.ends())
          .hasSize(2)
          .allMatch(end -> end.connSuccess() && end.openReported() && end.finReceived())
          .allMatch(end -> end.unackedBytes() == 0 && end.unreadBytes() == 0)
          .allMatch(end -> ErrorType.of(end) == null);
      captured.assertSumsClose();
    }
  }

  private static void openFast(Endpoint any) {
    try (TestSocket listener = TestSocket.listening(any);
        TestSocket client = TestSocket.like(any).set(SocketOption.FAST_OPEN_CONNECT, 1)) {
      client.connect(listener.localEndpoint());
      assertThat(client.tcpInfo().segsOut()).as("no SYN yet").isZero();
      client.sendAll(700);
      assertThat(client.tcpInfo().segsIn()).as("the answer to the SYN alone").isEqualTo(1);
      assertThat(client.tcpInfo().bytesAcked()).as("SYN and data").isEqualTo(701);
      try (TestSocket server = listener.accept()) {
        assertThat(server.receiveExactly(700)).isEqualTo(TestSocket.pattern(700));
        client.sendAll(55);
        server.receiveExactly(55);
        server.sendAll(900);
        client.receiveExactly(900);
        client.shutdownWrite();
        assertThat(server.receiveToEnd()).isEmpty();
      }
      assertThat(client.receiveToEnd()).isEmpty();
    }
  }

  /**
   * The server has its socket, with data, before the handshake is complete: SYN_RECV, in which a
   * reset costs as much as later.
   */
  @Test
  void aResetOfAFastOpenBeforeItsHandshakeEndsIsAnError() {
    try (TestNetwork network = TestNetwork.create();
        CapturedConnections captured = CapturedConnections.across(network)) {
      network.client().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_COOKIE);
      network.server().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_COOKIE);
      network.forward("tcp flags & (syn | ack) == ack drop");
      openFastAndReset(network);
      ConnectionRecord end = captured.awaitEnd(false);
      assertThat(end.previousState()).isEqualTo(TcpInfo.SYN_RECV);
      assertThat(end.receivedBytes()).isEqualTo(666);
      assertThat(end.skErr()).isEqualTo(Errno.ECONNRESET);
      assertThat(end.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_ABORT());
      assertThat(ErrorType.of(end)).isEqualTo(ErrorType.CONNECTION_RESET);
    }
  }

  private static void openFastAndReset(TestNetwork network) {
    try (TestSocket listener = network.server().call(UnusualHandshakeKernelTest::listen);
        TestSocket client = network.client().call(TestSocket::v4)) {
      client.set(SocketOption.FAST_OPEN_CONNECT, 1).connect(listener.localEndpoint());
      client.sendAll(666);
      try (TestSocket server = listener.accept()) {
        assertThat(server.receiveExactly(666)).hasSize(666);
        assertThat(server.tcpInfo().state()).isEqualTo(TcpInfo.SYN_RECV);
        network.forward();
        client.reset();
        Await.until("reset", () -> server.tcpInfo().state() == TcpInfo.CLOSE);
      }
    }
  }

  /** The listener keeps nothing of a SYN: the child is made of the cookie that comes back. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aConnectionOfASynCookieIsLikeAnyOther(String address) {
    try (CapturedConnections captured = CapturedConnections.begin()) {
      captured.namespace().sysctl("net.ipv4.tcp_syncookies", "2"); // for every SYN
      try (SocketPair pair = captured.connect(address)) {
        Conversation.exchange(pair.client(), pair.server(), 777);
        Conversation.exchange(pair.server(), pair.client(), 8_888);
        pair.finish();
      }
      captured.awaitEnds(2);
      assertThat(captured.opens()).hasSize(2);
      assertThat(captured.ends())
          .hasSize(2)
          .allMatch(end -> end.sentBytes() == (Records.isOutbound(end) ? 777 : 8_888))
          .allMatch(end -> end.receivedBytes() == (Records.isOutbound(end) ? 8_888 : 777))
          .allMatch(end -> end.pid() == ProcessHandle.current().pid())
          .allMatch(end -> ErrorType.of(end) == null);
      assertThat(captured.namespace().exec("nstat", "-asz", "TcpExtSyncookiesRecv"))
          .containsPattern("TcpExtSyncookiesRecv +1 ");
    }
  }

  /** Two SYNs that cross: nobody listens, and both ends are the one that connected. */
  @Test
  void aSimultaneousOpenIsOutboundAtBothEnds() {
    String lacking = TestNetwork.lackingForDelay();
    KernelRequirement.assume(lacking.isEmpty(), lacking);
    Endpoint one = Endpoint.of(TestNetwork.clientAddress(true), 7_011);
    Endpoint other = Endpoint.of(TestNetwork.serverAddress(true), 7_022);
    try (TestNetwork network = TestNetwork.create(Duration.ofMillis(100));
        CapturedConnections captured = CapturedConnections.across(network);
        TestSocket first = network.client().call(() -> TestSocket.v4().bind(one));
        TestSocket second = network.server().call(() -> TestSocket.v4().bind(other))) {
      assertThat(first.startConnect(other)).isEqualTo(Errno.EINPROGRESS);
      assertThat(second.startConnect(one)).isEqualTo(Errno.EINPROGRESS);
      assertThat(first.finishConnect(Await.LIMIT)).isZero();
      assertThat(second.finishConnect(Await.LIMIT)).isZero();
      long firstCookie = first.cookie();
      long secondCookie = second.cookie();
      Conversation.exchange(first, second, 111);
      Conversation.exchange(second, first, 2_222);
      first.shutdownWrite();
      assertThat(second.receiveToEnd()).isEmpty();
      second.shutdownWrite();
      assertThat(first.receiveToEnd()).isEmpty();
      captured.awaitEnds(2);
      assertThat(captured.records()).hasSize(4).allMatch(Records::isOutbound);
      assertCrossed(captured.endOf(firstCookie), 111, 2_222);
      assertCrossed(captured.endOf(secondCookie), 2_222, 111);
    }
  }

  private static void assertCrossed(ConnectionRecord end, long sent, long received) {
    assertThat(end.sentBytes()).isEqualTo(sent);
    assertThat(end.receivedBytes()).isEqualTo(received);
    assertThat(end.connSuccess()).isTrue();
    assertThat(end.unackedBytes() + end.unreadBytes()).isZero();
    assertThat(ErrorType.of(end)).isNull();
  }

  /** The child ends in the backlog: it is reported, and who accepts it later changes nothing. */
  @Test
  void aConnectionResetBeforeItIsAcceptedIsReportedOnce() {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    try (CapturedConnections captured = CapturedConnections.begin();
        TestSocket listener = captured.call(() -> TestSocket.listening(any))) {
      try (TestSocket client = captured.call(TestSocket::v4)) {
        client.connect(listener.localEndpoint());
        client.sendAll(333);
        client.reset();
      }
      List<ConnectionRecord> ends = captured.awaitEnds(2);
      try (TestSocket server = listener.accept()) {
        assertThat(server.tcpInfo().state()).isEqualTo(TcpInfo.CLOSE);
      }
      captured.detach();
      captured.drain();
      assertThat(captured.ends()).isEqualTo(ends);
      ConnectionRecord server = captured.awaitEnd(false);
      assertThat(server.skErr()).isEqualTo(Errno.ECONNRESET);
      assertThat(server.receivedBytes()).isEqualTo(333).isEqualTo(server.unreadBytes());
      assertThat(ErrorType.of(server)).isEqualTo(ErrorType.CONNECTION_RESET);
    }
  }

  /**
   * The client's last acknowledgement is lost: established for it, never a socket for the server.
   */
  @Test
  void aHandshakeWithoutItsEndIsTheClientsConnectionAlone() {
    try (TestNetwork network = TestNetwork.create();
        CapturedConnections captured = CapturedConnections.across(network);
        TestSocket listener = network.server().call(UnusualHandshakeKernelTest::listen)) {
      network.forward("tcp flags & (syn | ack) == ack drop");
      try (TestSocket client = network.client().call(TestSocket::v4)) {
        client.connect(listener.localEndpoint());
        client.sendAll(444);
        client.reset();
      }
      ConnectionRecord client = captured.awaitEnds(1).get(0);
      network.forward();
      // What comes after it shows that nothing of it is still to come.
      network.connect(true).finish();
      captured.awaitEnds(3);
      assertThat(captured.ends()).hasSize(3);
      assertThat(captured.opens()).hasSize(3);
      assertThat(Records.isOutbound(client) && client.connSuccess()).isTrue();
      assertThat(client.kind()).isEqualTo(RecordKind.CLOSE);
      assertThat(client.sentBytes()).isZero();
      assertThat(client.unackedBytes()).isEqualTo(444);
      assertThat(ErrorType.of(client)).isEqualTo(ErrorType.CONNECTION_ABORTED);
    }
  }

  private static TestSocket listen() {
    return TestSocket.listening(Endpoint.of(TestNetwork.serverAddress(true), 0));
  }
}
