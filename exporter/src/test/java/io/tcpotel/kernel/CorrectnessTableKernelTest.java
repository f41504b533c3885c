// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.kernel.Conversation.Plan;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.BulkTransfer;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases that other tools get wrong (docs/accuracy.md), one connection each. */
@KernelTest
@Timeout(60)
class CorrectnessTableKernelTest {
  private static final String LOOPBACK = "127.0.0.1";
  private static final long FIVE_GIB = 5L << 30;

  private static CapturedRecord end(CapturedConnections captured, boolean outbound) {
    List<CapturedRecord> found =
        captured.awaitEnds(2).stream().filter(end -> end.isOutbound() == outbound).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  /** Every field of all four records. */
  @ParameterizedTest(name = "{1} up, {2} down, {0}, {3}")
  @CsvSource({
    "127.0.0.1, 200, 1000, CLIENT_FIN",
    "127.0.0.1, 0, 0, CLIENT_FIN",
    "127.0.0.1, 5000000, 7000000, CLIENT_FIN",
    "::1, 201, 1001, SERVER_FIN",
    "::ffff:127.0.0.1, 202, 1002, SERVER_FIN",
    "127.0.0.1, 203, 1003, CLIENT_RESET",
    "::1, 204, 1004, SERVER_RESET",
    "127.0.0.1, 205, 1005, SERVER_UNREAD",
    "::1, 206, 1006, CLIENT_UNREAD",
  })
  void everyFieldIsExact(String address, int up, int down, Ending ending) {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      namespace.sysctl("net.ipv4.tcp_early_retrans", "0");
      Conversation conversation =
          namespace.call(() -> converse(new Plan(address, up, down, ending)));
      captured.awaitEnds(2);
      SoftAssertions softly = new SoftAssertions();
      new ConversationChecks(softly, namespace.cookie(), cgroup.id(), System.nanoTime())
          .check(conversation, captured.records());
      softly.assertAll();
      assertThat(captured.records()).hasSize(4);
    }
  }

  private static Conversation converse(Plan plan) throws Exception {
    Endpoint any = Endpoint.of(plan.address(), 0);
    try (TestSocket listener = TestSocket.listening(any)) {
      String command = Conversation.threadCommand();
      return new Conversation(plan, TestSocket.like(any), listener, command).run();
    }
  }

  /** Where 32 bits have wrapped round. */
  @Test
  void fiveGibibytesAreFiveGibibytes() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace);
        SocketPair pair = namespace.call(() -> SocketPair.over(LOOPBACK))) {
      long bytes = FIVE_GIB + 123;
      assertThat(BulkTransfer.run(pair.client(), pair.server(), bytes)).isEqualTo(bytes);
      Conversation.exchange(pair.server(), pair.client(), 321);
      pair.finish();
      assertThat(end(captured, true).sentBytes()).isEqualTo(bytes);
      assertThat(end(captured, true).receivedBytes()).isEqualTo(321);
      assertThat(end(captured, false).receivedBytes()).isEqualTo(bytes);
      assertThat(end(captured, false).sentBytes()).isEqualTo(321);
    }
  }

  /** FINs one way and 100,000 bytes the other way afterwards. */
  @Test
  void halfCloseCountsWhatComesAfterTheFin() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace);
        SocketPair pair = namespace.call(() -> SocketPair.over(LOOPBACK))) {
      Conversation.exchange(pair.client(), pair.server(), 3_000);
      pair.client().shutdownWrite();
      assertThat(pair.server().receiveToEnd()).isEmpty();
      Conversation.exchange(pair.server(), pair.client(), 100_000);
      pair.finish();
      CapturedRecord client = end(captured, true);
      CapturedRecord server = end(captured, false);
      assertThat(client.sentBytes()).isEqualTo(3_000).isEqualTo(server.receivedBytes());
      assertThat(client.receivedBytes()).isEqualTo(100_000).isEqualTo(server.sentBytes());
      assertThat(client.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL());
      assertThat(server.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE());
      assertThat(ErrorType.of(client.view())).isNull();
    }
  }

  /**
   * The acknowledgement of our FIN comes 20 ms late, with the peer's: a sample of the round trip
   * for the kernel, which TCP_INFO shows, and none of the connection's.
   */
  @Test
  void aLateFinIsNoRoundTrip() throws InterruptedException {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace);
        SocketPair pair = namespace.call(() -> SocketPair.over(LOOPBACK))) {
      for (int i = 1; i <= 20; i++) {
        Conversation.exchange(pair.client(), pair.server(), i);
        Conversation.exchange(pair.server(), pair.client(), 2 * i);
      }
      TcpInfo before = pair.client().tcpInfo();
      pair.client().shutdownWrite();
      Thread.sleep(20);
      pair.server().close();
      assertThat(pair.client().receiveToEnd()).isEmpty();
      TcpInfo after = pair.client().tcpInfo();
      CapturedRecord client = end(captured, true);
      assertThat(after.rttUs()).as("polluted").isGreaterThan(before.rttUs() + 1_000);
      assertThat(client.srttUs() / 8).isEqualTo(before.rttUs());
      assertThat(client.rttMin()).isEqualTo(before.minRttUs());
    }
  }

  /** Each end's clock starts with its own begin, and idle time is part of it. */
  @Test
  void durationIsThatOfEachEnd() throws InterruptedException {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      long beforeNs = System.nanoTime();
      try (SocketPair pair = namespace.call(() -> SocketPair.over(LOOPBACK))) {
        long openNs = System.nanoTime();
        Thread.sleep(150);
        long idleNs = System.nanoTime() - openNs;
        pair.finish();
        CapturedRecord client = end(captured, true);
        CapturedRecord server = end(captured, false);
        long wholeNs = System.nanoTime() - beforeNs;
        assertThat(server.durationNs()).isBetween(idleNs, wholeNs);
        assertThat(client.durationNs()).isBetween(idleNs, wholeNs);
        // The SYN leaves before the handshake is complete.
        assertThat(client.closeNs() - client.durationNs())
            .isBetween(beforeNs, server.closeNs() - server.durationNs());
        assertThat(client.sentBytes() + client.receivedBytes()).isZero();
      }
    }
  }

  /** Of a process that did not exist when the program was attached. */
  @Test
  void theFirstConnectionsOfAProcessAreReported() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace);
        TestSocket listener =
            namespace.call(() -> TestSocket.listening(Endpoint.of(LOOPBACK, 0)))) {
      String target = "/dev/tcp/" + LOOPBACK + "/" + listener.localEndpoint().port();
      String script = "for i in 1 22 333; do exec 3<>" + target + "; printf $i >&3; done";
      Process process = namespace.call(() -> new ProcessBuilder("bash", "-c", script).start());
      try {
        acceptThree(listener);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      captured.awaitEnds(6);
      assertThat(captured.ends())
          .filteredOn(end -> end.isOutbound() && end.pid() == process.pid())
          .extracting(CapturedRecord::sentBytes)
          .containsExactlyInAnyOrder(1L, 2L, 3L);
      assertThat(captured.opens()).hasSize(6);
    }
  }

  private static void acceptThree(TestSocket listener) {
    for (int i = 1; i <= 3; i++) {
      try (TestSocket server = listener.accept()) {
        assertThat(server.receiveToEnd()).hasSize(i);
      }
    }
  }
}
