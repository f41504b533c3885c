// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TestSocketTest {
  private static final int SENT_BYTES = 200_000;
  private static final int ANSWERED_BYTES = 7;

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
  void bytesArriveAndTcpInfoCountsThem(String address) throws InterruptedException {
    assumeAddress(address);
    try (SocketPair pair = SocketPair.over(address)) {
      TestSocket client = pair.client();
      TestSocket server = pair.server();
      assertThat(server.peerEndpoint()).isEqualTo(client.localEndpoint());
      assertThat(client.peerEndpoint()).isEqualTo(server.localEndpoint());
      assertThat(client.peerEndpoint().withPort(0)).isEqualTo(Endpoint.of(address, 0));

      Thread sender = Thread.ofPlatform().start(() -> client.sendAll(SENT_BYTES));
      byte[] received = server.receiveExactly(SENT_BYTES);
      sender.join();
      assertThat(received).isEqualTo(TestSocket.pattern(SENT_BYTES));
      server.sendAll(ANSWERED_BYTES);
      client.receiveExactly(ANSWERED_BYTES);

      TcpInfo info = client.tcpInfo();
      assertThat(info.state()).isEqualTo(TcpInfo.ESTABLISHED);
      assertThat(info.bytesAcked()).as("payload and the SYN").isEqualTo(SENT_BYTES + 1);
      assertThat(info.bytesSent() - info.bytesRetrans()).isEqualTo(SENT_BYTES);
      assertThat(info.bytesReceived()).isEqualTo(ANSWERED_BYTES);
      assertThat(info.rttUs()).isPositive();
      assertThat(info.minRttUs()).isLessThan(0xffff_ffffL);
      assertThat(info.segsOut()).isGreaterThan(info.dataSegsOut());
      assertThat(info.sndMssBytes()).isPositive();
      assertThat(server.tcpInfo().bytesReceived()).isEqualTo(SENT_BYTES);
    }
  }

  @Test
  void aFinEndsWhatIsReceived() {
    try (SocketPair pair = SocketPair.over("127.0.0.1")) {
      pair.client().sendAll(100);
      pair.client().shutdownWrite();
      assertThat(pair.server().receiveToEnd()).isEqualTo(TestSocket.pattern(100));
      assertThat(pair.server().tcpInfo().state()).isEqualTo(TcpInfo.CLOSE_WAIT);
      assertThat(pair.server().tcpInfo().bytesReceived()).as("payload and the FIN").isEqualTo(101);
      pair.server().close();
      assertThat(pair.client().receiveToEnd()).isEmpty();
    }
  }

  @Test
  void lingerZeroResets() {
    try (SocketPair pair = SocketPair.over("127.0.0.1")) {
      pair.client().reset();
      assertErrno(Errno.ECONNRESET, () -> pair.server().receiveToEnd());
      assertThat(pair.server().tcpInfo().state()).isEqualTo(TcpInfo.CLOSE);
    }
  }

  @Test
  void aSocketConnectsAgainAfterARefusalAndAfterADisconnect() {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    try (TestSocket listener = TestSocket.listening(any);
        TestSocket client = TestSocket.v4()) {
      long cookie = client.cookie();
      assertThat(client.tryConnect(refusing())).isEqualTo(Errno.ECONNREFUSED);
      client.connect(listener.localEndpoint());
      listener.accept().close();
      client.disconnect();
      assertErrno(Errno.ENOTCONN, client::peerEndpoint);
      client.connect(listener.localEndpoint());
      listener.accept().close();
      assertThat(client.cookie()).isEqualTo(cookie);
    }
  }

  @Test
  void aConnectCanBeLeftUnderWay() {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    try (TestSocket listener = TestSocket.listening(any);
        TestSocket client = TestSocket.v4();
        TestSocket refused = TestSocket.v4()) {
      assertThat(client.startConnect(listener.localEndpoint())).isEqualTo(Errno.EINPROGRESS);
      assertThat(client.finishConnect(Duration.ofSeconds(5))).isZero();
      assertThat(refused.startConnect(refusing())).isEqualTo(Errno.EINPROGRESS);
      assertThat(refused.finishConnect(Duration.ofSeconds(5))).isEqualTo(Errno.ECONNREFUSED);
    }
  }

  @Test
  void optionsReachTheSocket() {
    try (TestSocket socket = TestSocket.v6()) {
      socket.noDelay(true).synRetries(1).userTimeoutMs(500).v6Only(true);
      socket.sendBufferBytes(10_000).receiveBufferBytes(10_000);
      assertThat(socket.netnsCookie()).isPositive();
      assertThat(socket.takeError()).isZero();
      Endpoint mapped = Endpoint.of("::ffff:127.0.0.1", 9);
      assertThat(socket.tryConnect(mapped)).as("IPV6_V6ONLY").isEqualTo(Errno.ENETUNREACH);
    }
  }

  @Test
  void whatBlocksIsLimited() {
    try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0));
        TestSocket client = TestSocket.v4()) {
      listener.receiveLimit(Duration.ofMillis(50));
      assertErrno(Errno.EAGAIN, listener::accept);
      client.connect(listener.localEndpoint());
      try (TestSocket accepted = listener.accept()) {
        assertErrno(Errno.EAGAIN, () -> accepted.receiveExactly(1));
      }
    }
  }

  @Test
  void aClosedSocketIsNotUsedAgain() {
    TestSocket socket = TestSocket.v4();
    socket.close();
    socket.close();
    assertThatThrownBy(socket::cookie).isInstanceOf(IllegalStateException.class);
  }

  /** An address nobody listens at: bound, and given back. */
  private static Endpoint refusing() {
    try (TestSocket socket = TestSocket.v4().bind(Endpoint.of("127.0.0.1", 0))) {
      return socket.localEndpoint();
    }
  }

  private static void assumeAddress(String address) {
    Endpoint endpoint = Endpoint.of(address, 0);
    try (TestSocket socket = TestSocket.like(endpoint)) {
      socket.bind(endpoint);
    } catch (PosixException e) {
      Assumptions.abort("this system has no " + address + ": " + e.getMessage());
    }
  }

  private static void assertErrno(int errno, Runnable call) {
    PosixException e = catchThrowableOfType(PosixException.class, call::run);
    assertThat(e).isNotNull();
    assertThat(Errno.name(e.errno())).isEqualTo(Errno.name(errno));
  }
}
