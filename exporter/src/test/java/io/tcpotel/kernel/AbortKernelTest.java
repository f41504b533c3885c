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
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ends with payload still under way: what is lost with them shows. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class AbortKernelTest {
  private static final int BYTES = 4_000;

  /** More than the receiver's buffer takes, and less than the sender's. */
  private static final int TOO_MANY_BYTES = 300_000;

  /**
   * The server's buffer is full and it reads nothing, so that the client has payload that is not
   * acknowledged.
   */
  private static SocketPair stuck() {
    Endpoint any = Endpoint.of("127.0.0.1", 0);
    TestSocket client = TestSocket.v4().sendBufferBytes(TOO_MANY_BYTES);
    try (TestSocket listener = TestSocket.listening(any).receiveBufferBytes(BYTES)) {
      client.connect(listener.localEndpoint());
      TestSocket server = listener.accept();
      client.sendAll(TOO_MANY_BYTES);
      settle(client);
      return new SocketPair(client, server);
    } catch (RuntimeException e) {
      client.close();
      throw e;
    }
  }

  /** Until nothing more is acknowledged: the window is closed. */
  private static void settle(TestSocket client) {
    long[] last = {-1};
    Await.until(
        "the closed window",
        () -> {
          Await.pause(100);
          long before = last[0];
          last[0] = client.tcpInfo().bytesAcked();
          return before == last[0] && before > 1;
        });
  }

  private static void assertEnd(
      ConnectionRecord end, int previousState, int skErr, ErrorType error) {
    assertThat(end.kind()).isEqualTo(RecordKind.CLOSE);
    assertThat(end.previousState()).isEqualTo(previousState);
    assertThat(end.skErr()).isEqualTo(skErr);
    assertThat(end.finReceived()).isFalse();
    assertThat(ErrorType.of(end)).isEqualTo(error);
  }

  private static void assertStuck(ConnectionRecord client, ConnectionRecord server, TcpInfo last) {
    assertThat(client.sentBytes()).as("without the SYN").isEqualTo(last.bytesAcked() - 1);
    assertThat(client.unackedBytes()).isEqualTo(TOO_MANY_BYTES - client.sentBytes()).isPositive();
    assertThat(client.receivedBytes()).isZero();
    assertThat(server.receivedBytes()).isBetween(client.sentBytes(), (long) TOO_MANY_BYTES);
    assertThat(server.unreadBytes()).isEqualTo(server.receivedBytes());
  }

  @Test
  void aResetWithPayloadUnderWayIsAnAbortOnOurSide() {
    try (CapturedConnections captured = CapturedConnections.begin();
        SocketPair pair = captured.call(AbortKernelTest::stuck)) {
      TcpInfo last = pair.client().tcpInfo();
      pair.client().reset();
      ConnectionRecord client = captured.awaitEnd(true);
      ConnectionRecord server = captured.awaitEnd(false);
      assertStuck(client, server, last);
      assertEnd(client, TcpInfo.ESTABLISHED, 0, ErrorType.CONNECTION_ABORTED);
      assertEnd(server, TcpInfo.ESTABLISHED, Errno.ECONNRESET, ErrorType.CONNECTION_RESET);
    }
  }

  @Test
  void aResetAfterOurFinIsAnErrorIfPayloadIsLostWithIt() {
    try (CapturedConnections captured = CapturedConnections.begin();
        SocketPair pair = captured.call(AbortKernelTest::stuck)) {
      TcpInfo last = pair.client().tcpInfo();
      pair.client().shutdownWrite();
      pair.server().close(); // with unread data: a reset
      ConnectionRecord client = captured.awaitEnd(true);
      ConnectionRecord server = captured.awaitEnd(false);
      assertStuck(client, server, last);
      assertEnd(client, TcpInfo.FIN_WAIT1, Errno.ECONNRESET, ErrorType.CONNECTION_RESET);
      assertThat(client.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL());
      assertEnd(server, TcpInfo.ESTABLISHED, 0, ErrorType.CONNECTION_ABORTED);
    }
  }

  @Test
  void anEstablishedConnectionTimesOut() {
    try (CapturedConnections captured = CapturedConnections.begin();
        SocketPair pair = captured.call(AbortKernelTest::stuck)) {
      TcpInfo last = pair.client().tcpInfo();
      pair.client().userTimeoutMs(300);
      ConnectionRecord client = captured.awaitEnds(1).get(0);
      assertThat(Records.isOutbound(client)).isTrue();
      assertEnd(client, TcpInfo.ESTABLISHED, Errno.ETIMEDOUT, ErrorType.TIMED_OUT);
      assertThat(client.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_ABORT());
      pair.server().close();
      assertStuck(client, captured.awaitEnd(false), last);
    }
  }

  /** A reset discards an acknowledgement that is still delayed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void acknowledgedIsAtMostReceivedIsAtMostSent(boolean steering) {
    try (CapturedConnections captured = CapturedConnections.begin()) {
      captured.namespace().receiveSteering(steering);
      for (int i = 1; i <= 20; i++) {
        try (SocketPair pair = captured.connect("127.0.0.1")) {
          pair.client().sendAll(BYTES);
          pair.server().receiveExactly(BYTES);
          pair.server().reset();
          captured.awaitEnds(2 * i);
        }
      }
      assertThat(captured.ends())
          .filteredOn(Records::isOutbound)
          .hasSize(20)
          .allMatch(client -> client.sentBytes() <= BYTES)
          .allMatch(client -> client.sentBytes() + client.unackedBytes() == BYTES);
      assertThat(captured.ends())
          .filteredOn(end -> !Records.isOutbound(end))
          .hasSize(20)
          .allMatch(server -> server.receivedBytes() == BYTES && server.unreadBytes() == 0);
    }
  }

  /** {@code ss -K}: the administrator's abort, of either end. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectionThatTheAdministratorEndsIsAborted(boolean ofClient) {
    try (CapturedConnections captured = CapturedConnections.begin();
        SocketPair pair = captured.connect("127.0.0.1")) {
      TestSocket killed = ofClient ? pair.client() : pair.server();
      int port = killed.localEndpoint().port();
      captured.namespace().exec("ss", "-K", "-t", "src", "127.0.0.1", "sport", "=", ":" + port);
      KernelRequirement.assume(
          killed.tcpInfo().state() == TcpInfo.CLOSE, "CONFIG_INET_DIAG_DESTROY");
      ConnectionRecord aborted = captured.awaitEnd(ofClient);
      ConnectionRecord reset = captured.awaitEnd(!ofClient);
      assertEnd(aborted, TcpInfo.ESTABLISHED, Errno.ECONNABORTED, ErrorType.CONNECTION_ABORTED);
      assertEnd(reset, TcpInfo.ESTABLISHED, Errno.ECONNRESET, ErrorType.CONNECTION_RESET);
    }
  }
}
