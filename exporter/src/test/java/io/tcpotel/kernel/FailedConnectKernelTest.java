// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.FailingAddresses;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connect that fails gives exactly one record, with its errno; one that sends no SYN none. */
@KernelTest
@Timeout(60)
class FailedConnectKernelTest {
  private static final int PORT = 9;
  private static final String COMMAND = "ktest-failing";

  private TestCgroup cgroup;
  private TestNamespace namespace;
  private CapturedConnections captured;

  /** What the failing socket knew about itself. */
  private record Attempt(
      Endpoint peer,
      int errno,
      Endpoint local,
      long cookie,
      TcpInfo info,
      long beforeNs,
      long afterNs) {}

  @BeforeEach
  void observe() {
    cgroup = TestCgroup.create().join();
    namespace = TestNamespace.create();
    captured = new CapturedConnections(cgroup, namespace);
  }

  @AfterEach
  void end() {
    try (TestCgroup closedLast = cgroup;
        TestNamespace closedSecond = namespace;
        CapturedConnections last = captured) {
      assertThat(closedLast.path()).exists();
      assertThat(closedSecond.path()).exists();
      assertThat(last.opens()).isEmpty();
      assertThat(last.seen(ProbeAbi.TCP_PROBE_OPEN())).isZero();
      assertThat(last.seen(ProbeAbi.TCP_PROBE_CLOSE())).isZero();
      assertThat(last.counters().unknown()).isZero();
      last.assertSumsClose();
    }
  }

  /** The port is bound first, because the kernel takes it back with the failure. */
  private Attempt attempt(Endpoint peer, Endpoint from, int synRetries) throws Exception {
    Conversation.nameThread(COMMAND);
    try (TestSocket socket = TestSocket.like(peer).synRetries(synRetries).bind(from)) {
      long beforeNs = System.nanoTime();
      Endpoint local = socket.localEndpoint();
      int errno = socket.tryConnect(peer);
      return new Attempt(
          peer, errno, local, socket.cookie(), socket.tcpInfo(), beforeNs, System.nanoTime());
    }
  }

  private CompletableFuture<Attempt> start(String address, String from, int synRetries) {
    return namespace.start(
        () -> attempt(Endpoint.of(address, PORT), Endpoint.of(from, 0), synRetries));
  }

  private FieldChecks identity(SoftAssertions softly, CapturedRecord record, Attempt attempt) {
    boolean v4 = text(attempt.peer()).indexOf(':') < 0;
    return new FieldChecks(softly, "failed " + attempt, record)
        .is("version", ProbeAbi.TCP_PROBE_VERSION())
        .is("size", tcp_probe_info.sizeof())
        .is("kind", ProbeAbi.TCP_PROBE_FAILED())
        .is("type", v4 ? ConnectionRecord.IPV4 : ConnectionRecord.IPV6)
        .is("protocol", 6)
        .is("direction", ProbeAbi.TCP_PROBE_OUTBOUND())
        .is("state", TcpInfo.CLOSE)
        .is("previousState", TcpInfo.SYN_SENT)
        .is("connSuccess", false)
        .is("openReported", false)
        .is("finReceived", false)
        .is("localPort", attempt.local().port())
        .is("peerPort", PORT)
        .is("socketCookie", attempt.cookie())
        .is("netnsCookie", namespace.cookie())
        .is("cgroupId", cgroup.id())
        .is("pid", ProcessHandle.current().pid())
        .is("command", COMMAND)
        .zero("closedBy", "generation", "sentBytes", "receivedBytes", "mssCache")
        .zero("reportedSentBytes", "reportedReceivedBytes", "unackedBytes", "unreadBytes")
        .zero("reportedSegsOut", "reportedSegsIn", "reportedTotalRetrans", "srttUs", "rttMin");
  }

  private void check(Attempt attempt, String localAddress, long synRetries, ErrorType error) {
    List<CapturedRecord> found =
        captured.ends().stream().filter(end -> end.socketCookie() == attempt.cookie()).toList();
    assertThat(found).as("%s", attempt).hasSize(1);
    CapturedRecord record = found.get(0);
    long boundNs = attempt.afterNs() - attempt.beforeNs();
    String peer = attempt.peer().toString();
    SoftAssertions softly = new SoftAssertions();
    identity(softly, record, attempt)
        .is("localAddress", localAddress)
        .is("peerAddress", text(attempt.peer()))
        .is("skErr", attempt.errno())
        .within("durationNs", 0, boundNs)
        .within("closeNs", attempt.beforeNs(), attempt.afterNs())
        .within("segsOut", 1, 1 + synRetries)
        .is("segsIn", error == ErrorType.CONNECTION_REFUSED ? 1 : 0)
        .within("totalRetrans", 0, synRetries)
        .within("lost", 0, synRetries + 1)
        .within("lostOut", 0, 1)
        .done();
    softly.assertThat(record.segsOut() - record.totalRetrans()).as("SYN of %s", peer).isEqualTo(1);
    softly.assertThat(ErrorType.of(record.view())).as("error of %s", peer).isEqualTo(error);
    softly.assertAll();
  }

  private static String text(Endpoint endpoint) {
    String text = endpoint.withPort(0).toString();
    return text.replaceAll("\\[(::ffff:)?|]|:0$", "").replaceFirst("(^0)?(:0)+:", "::");
  }

  @Test
  void aRefusedConnectIsReportedOnce() {
    Attempt v4 = start("127.0.0.1", "127.0.0.1", 1).join();
    Attempt v6 = start("::1", "::1", 1).join();
    Attempt mapped = start("::ffff:127.0.0.1", "::ffff:127.0.0.1", 1).join();
    Attempt unbound = start("127.0.0.1", "0.0.0.0", 1).join();
    Attempt unboundMapped = start("::ffff:127.0.0.1", "::", 1).join();
    captured.awaitEnds(5);
    assertThat(Stream.of(v4, v6, mapped, unbound, unboundMapped).map(Attempt::errno))
        .containsOnly(Errno.ECONNREFUSED);
    check(v4, "127.0.0.1", 0, ErrorType.CONNECTION_REFUSED);
    check(v6, "::1", 0, ErrorType.CONNECTION_REFUSED);
    check(mapped, "127.0.0.1", 0, ErrorType.CONNECTION_REFUSED);
    check(unbound, "127.0.0.1", 0, ErrorType.CONNECTION_REFUSED);
    check(unboundMapped, "127.0.0.1", 0, ErrorType.CONNECTION_REFUSED);
    assertThat(captured.ends()).hasSize(5);
  }

  @Test
  void aConnectWithoutAnswerAndOneWithoutNeighbourAreReportedOnce() {
    FailingAddresses v4 = namespace.failingV4();
    FailingAddresses v6 = namespace.failingV6();
    // At the same time, because each takes three seconds.
    CompletableFuture<Attempt> silent4 = start(v4.silent(), "0.0.0.0", 1);
    CompletableFuture<Attempt> silent6 = start(v6.silent(), "::", 1);
    CompletableFuture<Attempt> unreachable4 = start(v4.neighbourless(), "0.0.0.0", 5);
    CompletableFuture<Attempt> unreachable6 = start(v6.neighbourless(), "::", 5);
    List<Attempt> all =
        Stream.of(silent4, silent6, unreachable4, unreachable6)
            .map(CompletableFuture::join)
            .toList();
    captured.awaitEnds(4);
    assertThat(all.stream().map(Attempt::errno))
        .containsExactly(Errno.ETIMEDOUT, Errno.ETIMEDOUT, Errno.EHOSTUNREACH, Errno.EHOSTUNREACH);
    // TCP_SYNCNT is a lower bound: net.ipv4.tcp_syn_linear_timeouts adds to it.
    check(all.get(0), "198.18.0.1", all.get(0).info().retransmits(), ErrorType.TIMED_OUT);
    check(all.get(1), "2001:db8::1", all.get(1).info().retransmits(), ErrorType.TIMED_OUT);
    check(all.get(2), "198.18.0.1", 5, ErrorType.HOST_UNREACHABLE);
    check(all.get(3), "2001:db8::1", 5, ErrorType.HOST_UNREACHABLE);
    assertThat(captured.ends()).hasSize(4);
    for (Attempt silent : all.subList(0, 2)) {
      assertThat(captured.ends().stream().filter(end -> end.socketCookie() == silent.cookie()))
          .allMatch(end -> end.totalRetrans() == silent.info().retransmits())
          .allMatch(end -> end.totalRetrans() > 0)
          .allMatch(end -> end.durationNs() > 2_000_000_000L);
    }
  }

  @Test
  void aConnectThatTheApplicationGivesUpIsCanceled() {
    String silent = namespace.failingV4().silent();
    Attempt begun = namespace.call(() -> giveUp(Endpoint.of(silent, PORT)));
    Attempt attempt =
        new Attempt(
            begun.peer(),
            0,
            begun.local(),
            begun.cookie(),
            begun.info(),
            begun.beforeNs(),
            System.nanoTime());
    captured.awaitEnds(1);
    check(attempt, "198.18.0.1", 0, ErrorType.CANCELED);
    assertThat(captured.ends()).hasSize(1);
  }

  private static Attempt giveUp(Endpoint peer) throws Exception {
    Conversation.nameThread(COMMAND);
    try (TestSocket socket = TestSocket.like(peer)) {
      long beforeNs = System.nanoTime();
      int errno = socket.startConnect(peer);
      assertThat(errno).isEqualTo(Errno.EINPROGRESS);
      Endpoint local = socket.localEndpoint();
      return new Attempt(peer, errno, local, socket.cookie(), socket.tcpInfo(), beforeNs, 0);
    }
  }

  @Test
  void aConnectWithoutRouteOrAddressIsNotReported() {
    String unrouted4 = namespace.failingV4().unrouted();
    String unrouted6 = namespace.failingV6().unrouted();
    assertThat(start(unrouted4, "0.0.0.0", 1).join().errno()).isEqualTo(Errno.ENETUNREACH);
    assertThat(start(unrouted6, "::", 1).join().errno()).isEqualTo(Errno.ENETUNREACH);
    // What comes after them shows that nothing of them is still to come.
    Attempt refused = start("127.0.0.1", "127.0.0.1", 1).join();
    captured.awaitEnds(1);
    assertThat(captured.ends())
        .extracting(CapturedRecord::socketCookie)
        .containsExactly(refused.cookie());
    assertThat(captured.seen(ProbeAbi.TCP_PROBE_FAILED())).isEqualTo(1);
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
    Attempt refused = start("127.0.0.1", "127.0.0.1", 1).join();
    captured.awaitEnds(1);
    assertThat(captured.ends())
        .extracting(CapturedRecord::socketCookie)
        .containsExactly(refused.cookie());
    assertThat(captured.seen(ProbeAbi.TCP_PROBE_FAILED())).isEqualTo(1);
  }

  private static int connectFromAnyPort(Endpoint peer) {
    try (TestSocket socket = TestSocket.like(peer)) {
      return socket.tryConnect(peer);
    }
  }
}
