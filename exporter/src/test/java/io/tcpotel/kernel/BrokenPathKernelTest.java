// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.PosixException;
import io.tcpotel.testing.SocketOption;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A path that breaks under a connection: what read() returned is what is reported, at each end. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class BrokenPathKernelTest {
  private static final int BYTES = 600;

  private static TestNetwork network;

  @BeforeAll
  static void join() {
    network = TestNetwork.create();
    network.router().sysctl("net.ipv4.icmp_ratelimit", "0");
    network.router().sysctl("net.ipv6.icmp.ratelimit", "0");
  }

  @AfterAll
  static void leave() {
    network.close();
  }

  @AfterEach
  void mend() {
    network.forward();
  }

  private static int readErrno(TestSocket socket) {
    PosixException failure =
        catchThrowableOfType(PosixException.class, () -> socket.receiveExactly(1));
    assertThat(failure).as("the read").isNotNull();
    return failure.errno();
  }

  private static void assertEnd(ConnectionRecord end, int errno, ErrorType error) {
    assertThat(end.skErr()).isEqualTo(errno);
    assertThat(ErrorType.of(end)).isEqualTo(error);
    assertThat(end.kind()).isEqualTo(RecordKind.CLOSE);
    assertThat(end.previousState()).isEqualTo(TcpInfo.ESTABLISHED);
    assertThat(end.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_ABORT());
    assertThat(end.finReceived()).isFalse();
  }

  /** The router answers for the peer: the end that sends is reset, the other hears nothing. */
  @ParameterizedTest(name = "IPv4 {0}")
  @ValueSource(booleans = {true, false})
  void aResetByTheRouterEndsOneEnd(boolean v4) {
    try (CapturedConnections captured = CapturedConnections.across(network);
        SocketPair pair = network.connect(v4)) {
      long client = pair.client().cookie();
      long server = pair.server().cookie();
      network.forward("meta l4proto tcp reject with tcp reset");
      pair.client().sendAll(BYTES);
      int errno = readErrno(pair.client());
      captured.awaitEnds(1);
      assertThat(errno).isEqualTo(Errno.ECONNRESET);
      assertEnd(captured.endOf(client), errno, ErrorType.CONNECTION_RESET);
      assertThat(captured.endOf(client).unackedBytes()).isEqualTo(BYTES);

      // Nothing of it reached the server, whose FIN a reset answers: no error of the server's.
      network.forward();
      pair.server().close();
      captured.awaitEnds(2);
      ConnectionRecord last = captured.endOf(server);
      assertThat(last.receivedBytes()).isZero();
      assertThat(last.previousState()).isEqualTo(TcpInfo.FIN_WAIT1);
      assertThat(last.skErr()).isEqualTo(Errno.ECONNRESET);
      assertThat(ErrorType.of(last)).isNull();
    }
  }

  /** With TCP_USER_TIMEOUT the retransmissions end early. */
  @Test
  void silenceEndsBothEndsByTheirOwnTimeout() {
    try (CapturedConnections captured = CapturedConnections.across(network);
        SocketPair pair = network.connect(true)) {
      long client = pair.client().cookie();
      long server = pair.server().cookie();
      network.forward("meta l4proto tcp drop");
      pair.client().userTimeoutMs(300).sendAll(BYTES);
      pair.server().userTimeoutMs(300).sendAll(2 * BYTES);
      int clientErrno = readErrno(pair.client());
      int serverErrno = readErrno(pair.server());
      captured.awaitEnds(2);
      assertThat(clientErrno).isEqualTo(Errno.ETIMEDOUT);
      assertThat(serverErrno).isEqualTo(Errno.ETIMEDOUT);
      assertEnd(captured.endOf(client), clientErrno, ErrorType.TIMED_OUT);
      assertEnd(captured.endOf(server), serverErrno, ErrorType.TIMED_OUT);
      assertThat(captured.endOf(client).unackedBytes()).isEqualTo(BYTES);
      assertThat(captured.endOf(server).unackedBytes()).isEqualTo(2 * BYTES);
      assertThat(captured.endOf(server).totalRetrans()).isPositive();
    }
  }

  /** An established connection outlives ICMP's answers, and ends with the last of them. */
  @ParameterizedTest(name = "IPv4 {0}, {1}")
  @CsvSource({"true, icmp type host-unreachable, 113", "false, icmpv6 type no-route, 101"})
  void whatTheRouterSaidIsTheReasonOfTheTimeout(boolean v4, String answer, int expected) {
    try (CapturedConnections captured = CapturedConnections.across(network);
        SocketPair pair = network.connect(v4)) {
      long client = pair.client().cookie();
      network.forward("meta l4proto tcp reject with " + answer);
      pair.client().userTimeoutMs(300).sendAll(BYTES);
      int errno = readErrno(pair.client());
      captured.awaitEnds(1);
      assertThat(errno).isEqualTo(expected);
      ErrorType error = v4 ? ErrorType.HOST_UNREACHABLE : ErrorType.NETWORK_UNREACHABLE;
      assertEnd(captured.endOf(client), errno, error);
    }
  }

  /** Nobody holds the socket any more: it is an error if payload is lost, and none for a FIN. */
  @ParameterizedTest
  @ValueSource(ints = {0, BYTES})
  void aCloseThatTheBrokenPathKeepsBackTimesOut(int bytes) {
    try (CapturedConnections captured = CapturedConnections.across(network);
        SocketPair pair = network.connect(true)) {
      long client = pair.client().cookie();
      network.forward("meta l4proto tcp drop");
      pair.client().userTimeoutMs(300).sendAll(bytes);
      pair.client().close();
      captured.awaitEnds(1);
      ConnectionRecord end = captured.endOf(client);
      assertThat(end.previousState()).isEqualTo(TcpInfo.FIN_WAIT1);
      assertThat(end.skErr()).isEqualTo(Errno.ETIMEDOUT);
      assertThat(end.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL());
      assertThat(end.unackedBytes()).isEqualTo(bytes);
      assertThat(ErrorType.of(end)).isEqualTo(bytes == 0 ? null : ErrorType.TIMED_OUT);
    }
  }

  /** Both ends idle: only the keepalive can tell that nobody is there any more. */
  @Test
  void keepaliveEndsAnIdleConnectionWhosePeerIsGone() {
    try (CapturedConnections captured = CapturedConnections.across(network);
        SocketPair pair = network.connect(false)) {
      Conversation.exchange(pair.client(), pair.server(), BYTES);
      long client = pair.client().cookie();
      long server = pair.server().cookie();
      keepAlive(pair.client());
      keepAlive(pair.server());
      network.forward("meta l4proto tcp drop");
      int clientErrno = readErrno(pair.client());
      int serverErrno = readErrno(pair.server());
      captured.awaitEnds(2);
      assertThat(clientErrno).isEqualTo(Errno.ETIMEDOUT);
      assertEnd(captured.endOf(client), clientErrno, ErrorType.TIMED_OUT);
      assertEnd(captured.endOf(server), serverErrno, ErrorType.TIMED_OUT);
      assertThat(captured.endOf(client).sentBytes()).isEqualTo(BYTES);
      assertThat(captured.endOf(client).unackedBytes()).isZero();
    }
  }

  private static void keepAlive(TestSocket socket) {
    socket
        .set(SocketOption.KEEPALIVE, 1)
        .set(SocketOption.KEEPALIVE_IDLE_S, 1)
        .set(SocketOption.KEEPALIVE_INTERVAL_S, 1)
        .set(SocketOption.KEEPALIVE_PROBES, 1);
  }
}
