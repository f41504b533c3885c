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
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A firewall on the way: what connect() returned is what is reported, and at one end only. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class RejectedConnectKernelTest {
  private static final int FIRST_PORT = 7_000;
  private static final int EACCES = 13;
  private static final int ENOPROTOOPT = 92;

  /** What the router does to a SYN, and what becomes of the connect. */
  private record Rejection(boolean v4, String verdict, int errno, ErrorType error) {}

  private static final List<Rejection> REJECTIONS =
      List.of(
          v4("reject with tcp reset", Errno.ECONNREFUSED, ErrorType.CONNECTION_REFUSED),
          v6("reject with tcp reset", Errno.ECONNREFUSED, ErrorType.CONNECTION_REFUSED),
          v4(icmp("port-unreachable"), Errno.ECONNREFUSED, ErrorType.CONNECTION_REFUSED),
          v6(icmp6("port-unreachable"), Errno.ECONNREFUSED, ErrorType.CONNECTION_REFUSED),
          v4(icmp("host-unreachable"), Errno.EHOSTUNREACH, ErrorType.HOST_UNREACHABLE),
          v6(icmp6("addr-unreachable"), Errno.EHOSTUNREACH, ErrorType.HOST_UNREACHABLE),
          v4(icmp("net-unreachable"), Errno.ENETUNREACH, ErrorType.NETWORK_UNREACHABLE),
          v6(icmp6("no-route"), Errno.ENETUNREACH, ErrorType.NETWORK_UNREACHABLE),
          // IPv4 says of a filter that the host is out of reach, IPv6 that access is denied.
          v4(icmp("admin-prohibited"), Errno.EHOSTUNREACH, ErrorType.HOST_UNREACHABLE),
          v6(icmp6("admin-prohibited"), EACCES, ErrorType.ACCESS_DENIED),
          v4(icmp("prot-unreachable"), ENOPROTOOPT, ErrorType.OTHER),
          v4("drop", Errno.ETIMEDOUT, ErrorType.TIMED_OUT),
          v6("drop", Errno.ETIMEDOUT, ErrorType.TIMED_OUT));

  private static TestNetwork network;

  /** What the connecting socket knew. */
  private record Attempt(Rejection rejection, int errno, long cookie, int port) {}

  private static Rejection v4(String verdict, int errno, ErrorType error) {
    return new Rejection(true, verdict, errno, error);
  }

  private static Rejection v6(String verdict, int errno, ErrorType error) {
    return new Rejection(false, verdict, errno, error);
  }

  private static String icmp(String type) {
    return "reject with icmp type " + type;
  }

  private static String icmp6(String type) {
    return "reject with icmpv6 type " + type;
  }

  @BeforeAll
  static void block() {
    network = TestNetwork.create();
    // One SYN more, after a second; as many answers of the router as there are SYNs.
    network.client().sysctl("net.ipv4.tcp_syn_retries", "1");
    network.client().sysctl("net.ipv4.tcp_syn_linear_timeouts", "0");
    network.router().sysctl("net.ipv4.icmp_ratelimit", "0");
    network.router().sysctl("net.ipv6.icmp.ratelimit", "0");
    network.forward(
        IntStream.range(0, REJECTIONS.size())
            .mapToObj(RejectedConnectKernelTest::rule)
            .toArray(String[]::new));
  }

  private static String rule(int index) {
    Rejection rejection = REJECTIONS.get(index);
    String family = rejection.v4() ? "ipv4" : "ipv6";
    int port = FIRST_PORT + index;
    return "meta nfproto " + family + " tcp dport " + port + " " + rejection.verdict();
  }

  @AfterAll
  static void unblock() {
    network.close();
  }

  @Test
  void everyRejectionIsReportedAsConnectReturnedIt() {
    try (CapturedConnections captured = CapturedConnections.across(network)) {
      List<Attempt> attempts =
          IntStream.range(0, REJECTIONS.size())
              .mapToObj(RejectedConnectKernelTest::start)
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
      captured.awaitEnds(attempts.size());
      assertThat(captured.records()).as("at the client alone").hasSize(attempts.size());
      SoftAssertions softly = new SoftAssertions();
      attempts.forEach(attempt -> check(softly, attempt, captured.endOf(attempt.cookie())));
      softly.assertAll();
      captured.assertSumsClose();
    }
  }

  /** At the same time, because some of them take seconds. */
  private static CompletableFuture<Attempt> start(int index) {
    Rejection rejection = REJECTIONS.get(index);
    int port = FIRST_PORT + index;
    return network
        .client()
        .start(
            () -> {
              Endpoint peer = Endpoint.of(TestNetwork.serverAddress(rejection.v4()), port);
              try (TestSocket socket = TestSocket.like(peer)) {
                int errno = socket.tryConnect(peer);
                return new Attempt(rejection, errno, socket.cookie(), port);
              }
            });
  }

  private static void check(SoftAssertions softly, Attempt attempt, ConnectionRecord end) {
    Rejection rejection = attempt.rejection();
    String about = rejection.toString();
    softly.assertThat(attempt.errno()).as(about).isEqualTo(rejection.errno());
    softly.assertThat(end.skErr()).as(about).isEqualTo(attempt.errno());
    softly.assertThat(ErrorType.of(end)).as(about).isEqualTo(rejection.error());
    softly.assertThat(end.kind()).as(about).isEqualTo(RecordKind.FAILED);
    softly.assertThat(end.connSuccess()).as(about).isFalse();
    softly.assertThat(end.peerPort()).as(about).isEqualTo(attempt.port());
    softly.assertThat(end.sentBytes() + end.receivedBytes()).as(about).isZero();
    softly.assertThat(end.rttMinUs() + end.srttEighthUs()).as(about).isZero();
    softly.assertThat(end.totalRetrans()).as(about).isBetween(0L, 1L);
    softly.assertThat(end.segsOut()).as(about).isEqualTo(1 + end.totalRetrans());
    boolean answered = rejection.verdict().contains("reset");
    softly.assertThat(end.segsIn()).as(about).isEqualTo(answered ? 1 : 0);
  }
}
