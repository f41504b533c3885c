// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.FailingAddresses;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connect that fails gives exactly one record, with its errno; one that sends no SYN none. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class FailedConnectKernelTest {
  private static final int PORT = 9;

  private final CapturedConnections captured = CapturedConnections.begin();
  private final TestNamespace namespace = captured.namespace();

  /** What the failing socket knew about itself. */
  private record Attempt(int errno, Endpoint local, long cookie, TcpInfo info, long tookNs) {}

  @AfterEach
  void end() {
    try (captured) {
      assertThat(captured.opens()).isEmpty();
      assertThat(captured.seen(RecordKind.OPEN)).isZero();
      assertThat(captured.seen(RecordKind.CLOSE)).isZero();
      assertThat(captured.counters().unknown()).isZero();
      captured.assertSumsClose();
    }
  }

  /** The port is bound first, because the kernel takes it back with the failure. */
  private static Attempt attempt(Endpoint peer, Endpoint from, int synRetries) {
    try (TestSocket socket = TestSocket.like(peer).synRetries(synRetries).bind(from)) {
      long beforeNs = System.nanoTime();
      Endpoint local = socket.localEndpoint();
      int errno = socket.tryConnect(peer);
      long tookNs = System.nanoTime() - beforeNs;
      return new Attempt(errno, local, socket.cookie(), socket.tcpInfo(), tookNs);
    }
  }

  private CompletableFuture<Attempt> start(String address, String from, int synRetries) {
    return namespace.start(
        () -> attempt(Endpoint.of(address, PORT), Endpoint.of(from, 0), synRetries));
  }

  private ConnectionRecord check(Attempt attempt, String localAddress, ErrorType error) {
    ConnectionRecord end = captured.endOf(attempt.cookie());
    assertThat(end.kind()).isEqualTo(RecordKind.FAILED);
    assertThat(end.skErr()).isEqualTo(attempt.errno());
    assertThat(ErrorType.of(end)).isEqualTo(error);
    assertThat(end.localAddressText()).isEqualTo(localAddress);
    assertThat(end.localPort()).isEqualTo(attempt.local().port());
    assertThat(end.segsOut()).isEqualTo(1 + end.totalRetrans());
    assertThat(end.segsIn()).isZero();
    assertThat(end.sentBytes() + end.receivedBytes() + end.unackedBytes()).isZero();
    assertThat(end.durationNs()).isBetween(1L, attempt.tookNs());
    return end;
  }

  @Test
  void aConnectWithoutAnswerAndOneWithoutNeighbourAreReportedOnce() {
    FailingAddresses v4 = namespace.failingV4();
    FailingAddresses v6 = namespace.failingV6();
    // At the same time, because each takes three seconds.
    List<Attempt> all =
        Stream.of(
                start(v4.silent(), "0.0.0.0", 1),
                start(v6.silent(), "::", 1),
                start(v4.neighbourless(), "0.0.0.0", 5),
                start(v6.neighbourless(), "::", 5))
            .map(CompletableFuture::join)
            .toList();
    captured.awaitEnds(4);
    assertThat(all)
        .extracting(Attempt::errno)
        .containsExactly(Errno.ETIMEDOUT, Errno.ETIMEDOUT, Errno.EHOSTUNREACH, Errno.EHOSTUNREACH);
    for (Attempt silent : all.subList(0, 2)) {
      String local = silent == all.get(0) ? "198.18.0.1" : "2001:db8::1";
      ConnectionRecord end = check(silent, local, ErrorType.TIMED_OUT);
      // TCP_SYNCNT is a lower bound: net.ipv4.tcp_syn_linear_timeouts adds to it.
      assertThat(end.totalRetrans()).isPositive().isEqualTo(silent.info().retransmits());
      assertThat(end.durationNs()).isGreaterThan(2_000_000_000L);
    }
    check(all.get(2), "198.18.0.1", ErrorType.HOST_UNREACHABLE);
    check(all.get(3), "2001:db8::1", ErrorType.HOST_UNREACHABLE);
    assertThat(captured.ends()).hasSize(4);
  }

  @Test
  void aConnectThatTheApplicationGivesUpIsCanceled() {
    long beforeNs = System.nanoTime();
    Endpoint silent = Endpoint.of(namespace.failingV4().silent(), PORT);
    Attempt begun = namespace.call(() -> giveUp(silent));
    long tookNs = System.nanoTime() - beforeNs;
    captured.awaitEnds(1);
    check(
        new Attempt(0, begun.local(), begun.cookie(), begun.info(), tookNs),
        "198.18.0.1",
        ErrorType.CANCELED);
    assertThat(captured.ends()).hasSize(1);
  }

  private static Attempt giveUp(Endpoint peer) {
    try (TestSocket socket = TestSocket.like(peer)) {
      int errno = socket.startConnect(peer);
      assertThat(errno).isEqualTo(Errno.EINPROGRESS);
      return new Attempt(errno, socket.localEndpoint(), socket.cookie(), socket.tcpInfo(), 0);
    }
  }

  @Test
  void aConnectWithoutRouteOrAddressIsNotReported() {
    String unrouted4 = namespace.failingV4().unrouted();
    String unrouted6 = namespace.failingV6().unrouted();
    assertThat(start(unrouted4, "0.0.0.0", 1).join().errno()).isEqualTo(Errno.ENETUNREACH);
    assertThat(start(unrouted6, "::", 1).join().errno()).isEqualTo(Errno.ENETUNREACH);
    assertThatNothingOfThemComes();
  }

  /** A connect that is refused after them is the first one to be reported. */
  private void assertThatNothingOfThemComes() {
    Attempt refused = start("127.0.0.1", "127.0.0.1", 1).join();
    captured.awaitEnds(1);
    assertThat(captured.ends())
        .extracting(ConnectionRecord::socketCookie)
        .containsExactly(refused.cookie());
    assertThat(captured.seen(RecordKind.FAILED)).isEqualTo(1);
  }

  /** The only port is taken: the state goes to SYN_SENT and back, and no SYN leaves. */
  @Test
  void aConnectWithoutAPortIsNotReported() {
    namespace.sysctl("net.ipv4.ip_local_port_range", "40001 40001");
    Endpoint only = Endpoint.of("0.0.0.0", 40_001);
    try (TestSocket taken = namespace.call(() -> TestSocket.v4().bind(only))) {
      int errno = namespace.call(() -> connectFromAnyPort(Endpoint.of("127.0.0.1", PORT)));
      assertThat(errno).isEqualTo(Errno.EADDRNOTAVAIL);
      assertThat(taken.isOpen()).isTrue();
    }
    assertThatNothingOfThemComes();
  }

  private static int connectFromAnyPort(Endpoint peer) {
    try (TestSocket socket = TestSocket.like(peer)) {
      return socket.tryConnect(peer);
    }
  }
}
