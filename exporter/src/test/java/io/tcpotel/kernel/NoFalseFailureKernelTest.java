// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
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
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What looks like a failure and is none has no error.type, at either end. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class NoFalseFailureKernelTest {
  private static final int BYTES = 400;

  private final CapturedConnections captured = CapturedConnections.begin();
  private final TestNamespace namespace = captured.namespace();

  @AfterEach
  void stop() {
    captured.close();
  }

  private void assertBothEndsWell(long sentByClient) {
    captured.awaitEnds(2);
    assertThat(captured.ends())
        .hasSize(2)
        .allMatch(end -> end.kind() == RecordKind.CLOSE && end.connSuccess())
        .allMatch(end -> ErrorType.of(end) == null)
        .allMatch(end -> end.unackedBytes() == 0);
    assertThat(captured.ends())
        .filteredOn(Records::isOutbound)
        .hasSize(1)
        .allMatch(end -> end.sentBytes() == sentByClient);
  }

  private void assertUnawaitedIsWell(Consumer<Endpoint> client) {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    try (TestSocket listener = namespace.call(() -> TestSocket.listening(any))) {
      namespace.run(() -> client.accept(listener.localEndpoint()));
      try (TestSocket server = listener.accept()) {
        assertThat(server.receiveToEnd()).isEmpty();
      }
      assertBothEndsWell(0);
    }
  }

  /** The client is gone before anybody accepts. */
  @Test
  void aHealthCheckThatNobodyWaitedForIsWell() {
    assertUnawaitedIsWell(server -> TestSocket.v4().connect(server).close());
  }

  /** On loopback the handshake is complete before connect() returns EINPROGRESS. */
  @Test
  void aConnectThatNobodyAskedAboutIsEstablishedAllTheSame() {
    assertUnawaitedIsWell(NoFalseFailureKernelTest::beginAndClose);
  }

  /** Given up while the SYN is under way: canceled by us, and no failure of the server's. */
  @Test
  void aConnectGivenUpBeforeTheAnswerIsCanceledAndNothingElse() {
    String lacking = TestNetwork.lackingForDelay();
    KernelRequirement.assume(lacking.isEmpty(), lacking);
    try (TestNetwork network = TestNetwork.create(Duration.ofMillis(80));
        CapturedConnections across = CapturedConnections.across(network);
        TestSocket listener = network.server().call(NoFalseFailureKernelTest::listen)) {
      network.client().run(() -> beginAndClose(listener.localEndpoint()));
      ConnectionRecord end = across.awaitEnds(1).get(0);
      // A second connection goes the same way after the first one's SYN.
      network.client().run(() -> TestSocket.v4().connect(listener.localEndpoint()).close());
      try (TestSocket server = listener.accept()) {
        assertThat(server.receiveToEnd()).isEmpty();
      }
      across.awaitEnds(3);
      assertThat(end.kind()).isEqualTo(RecordKind.FAILED);
      assertThat(ErrorType.of(end)).isEqualTo(ErrorType.CANCELED);
      assertThat(across.ends())
          .hasSize(3)
          .filteredOn(ConnectionRecord::connSuccess)
          .hasSize(2)
          .allMatch(other -> ErrorType.of(other) == null);
    }
  }

  /** The kernel leaves ECONNRESET on such a socket, which nobody sent. */
  @Test
  void aConnectThatIsTakenBackIsCanceled() {
    Endpoint silent = Endpoint.of(namespace.failingV4().silent(), 9);
    try (TestSocket client = namespace.call(TestSocket::v4)) {
      assertThat(client.startConnect(silent)).isEqualTo(Errno.EINPROGRESS);
      client.disconnect();
      ConnectionRecord end = captured.awaitEnds(1).get(0);
      assertThat(end.kind()).isEqualTo(RecordKind.FAILED);
      assertThat(end.skErr()).isZero();
      assertThat(ErrorType.of(end)).isEqualTo(ErrorType.CANCELED);
    }
  }

  private static void beginAndClose(Endpoint peer) {
    try (TestSocket client = TestSocket.v4()) {
      assertThat(client.startConnect(peer)).isEqualTo(Errno.EINPROGRESS);
    }
  }

  private static TestSocket listen() {
    return TestSocket.listening(Endpoint.of(TestNetwork.serverAddress(true), 0));
  }

  /**
   * Everything was exchanged and the peer's FIN read: a reset in place of our FIN costs nothing.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aResetAfterACompleteExchangeIsWell(boolean byClient) {
    try (SocketPair pair = captured.connect("127.0.0.1")) {
      Conversation.exchange(pair.client(), pair.server(), BYTES);
      Conversation.exchange(pair.server(), pair.client(), 2 * BYTES);
      TestSocket by = byClient ? pair.client() : pair.server();
      TestSocket other = byClient ? pair.server() : pair.client();
      other.shutdownWrite();
      assertThat(by.receiveToEnd()).isEmpty();
      Await.until("its FIN's end", () -> other.tcpInfo().state() == TcpInfo.FIN_WAIT2);
      by.reset();
      assertBothEndsWell(BYTES);
    }
  }

  /** The peer's kernel answers each probe. */
  @Test
  void keepaliveOfALivingPeerIsNoTraffic() {
    try (SocketPair pair = captured.connect("127.0.0.1")) {
      Conversation.exchange(pair.client(), pair.server(), BYTES);
      long segsOut = pair.client().tcpInfo().segsOut();
      pair.client()
          .set(SocketOption.KEEPALIVE_IDLE_S, 1)
          .set(SocketOption.KEEPALIVE_INTERVAL_S, 1)
          .set(SocketOption.KEEPALIVE, 1);
      Await.until("a probe", () -> pair.client().tcpInfo().segsOut() > segsOut);
      pair.finish();
      assertBothEndsWell(BYTES);
    }
  }
}
