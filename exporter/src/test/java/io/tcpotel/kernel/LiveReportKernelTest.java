// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections are reported while they live, and each byte in exactly one record's difference. */
@KernelTest
@Timeout(60)
class LiveReportKernelTest {
  private static final int OPEN = ProbeAbi.TCP_PROBE_OPEN();
  private static final int CLOSE = ProbeAbi.TCP_PROBE_CLOSE();
  private static final int UPDATE = ProbeAbi.TCP_PROBE_UPDATE();
  private static final int ESTABLISHED = 1;
  private static final int FIN_WAIT2 = 5;
  private static final int CLOSE_WAIT = 8;
  private static final long RING_BYTES = ProbeSettings.DEFAULT_RING_BYTES;

  private static ProbeSettings reportsOfAnyAge(long ringBytes, boolean unchanged) {
    return ProbeSettings.of(ringBytes, true).withLiveReports(new LiveReports(0, unchanged));
  }

  private static CapturedRecord client(List<CapturedRecord> records) {
    return only(records, true);
  }

  private static CapturedRecord server(List<CapturedRecord> records) {
    return only(records, false);
  }

  private static CapturedRecord only(List<CapturedRecord> records, boolean outbound) {
    List<CapturedRecord> found = records.stream().filter(r -> r.isOutbound() == outbound).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  /** Past the tick in which a segment came: until then a total may be a byte behind. */
  private static void comeToRest() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(25);
  }

  @Test
  void eachReportSaysWhatCameSinceTheLast() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(RING_BYTES, true));
        SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      pair.client().sendAll(1300);
      pair.server().receiveExactly(1300);
      pair.server().sendAll(70_000);
      pair.client().receiveExactly(70_000);
      comeToRest();
      List<CapturedRecord> first = captured.walk();
      assertTotals(client(first), 1300, 70_000, 0, 0);
      assertTotals(server(first), 70_000, 1300, 0, 0);

      List<CapturedRecord> idle = captured.walk();
      assertTotals(client(idle), 1300, 70_000, 1300, 70_000);
      assertTotals(server(idle), 70_000, 1300, 70_000, 1300);
      assertThat(client(idle).reportedSegsOut()).isEqualTo(client(first).segsOut()).isPositive();
      assertThat(client(idle).reportedSegsIn()).isEqualTo(client(first).segsIn()).isPositive();

      pair.client().sendAll(17);
      pair.server().receiveExactly(17);
      pair.finish();
      List<CapturedRecord> ends = captured.awaitEnds(2);
      assertTotals(client(ends), 1317, 70_000, 1300, 70_000);
      assertTotals(server(ends), 70_000, 1317, 70_000, 1300);
      assertThat(captured.walk()).as("of what has ended").isEmpty();
      captured.assertSumsClose();
    }
  }

  private static void assertTotals(
      CapturedRecord record, long sent, long received, long reportedSent, long reportedReceived) {
    assertThat(record.sentBytes()).isEqualTo(sent);
    assertThat(record.receivedBytes()).isEqualTo(received);
    assertThat(record.reportedSentBytes()).isEqualTo(reportedSent);
    assertThat(record.reportedReceivedBytes()).isEqualTo(reportedReceived);
    assertThat(record.openReported()).isTrue();
  }

  @Test
  void aReportIsLikeTheOpenInAllThatStays() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(RING_BYTES, true));
        SocketPair pair = namespace.call(() -> SocketPair.over("::1"))) {
      pair.client().sendAll(5);
      pair.server().receiveExactly(5);
      List<CapturedRecord> updates = captured.walk();
      updates.forEach(update -> assertSameConnection(update, captured));
      assertThat(updates).hasSize(2);
      assertThat(client(updates).localIsn()).isEqualTo(server(updates).peerIsn());
      assertThat(client(updates).peerIsn()).isEqualTo(server(updates).localIsn());
    }
  }

  private static void assertSameConnection(CapturedRecord update, CapturedConnections captured) {
    CapturedRecord open =
        captured.only(true, update.isOutbound(), (int) update.localPort(), (int) update.peerPort());
    assertThat(update)
        .usingRecursiveComparison()
        .comparingOnlyFields(
            "version",
            "size",
            "type",
            "protocol",
            "direction",
            "connSuccess",
            "tuple",
            "generation",
            "socketCookie",
            "netnsCookie",
            "cgroupId",
            "pid",
            "command")
        .isEqualTo(open);
    assertThat(update.localIsn()).isNotZero().isEqualTo(open.localIsn());
    assertThat(update.peerIsn()).isNotZero().isEqualTo(open.peerIsn());
    assertThat(update.preexisting()).isFalse();
    assertThat(update.state()).isEqualTo(ESTABLISHED);
    assertThat(update.closeNs()).isGreaterThan(open.closeNs());
    assertThat(update.durationNs() - open.durationNs())
        .isEqualTo(update.closeNs() - open.closeNs());
    assertThat(update.srttUs()).isPositive();
    assertThat(update.rttMin()).isPositive();
  }

  @Test
  void theFirstReportComesAfterOneIntervalAndTheLastForAll() throws Exception {
    ProbeSettings hourly =
        ProbeSettings.of(RING_BYTES, true)
            .withLiveReports(new LiveReports(TimeUnit.HOURS.toNanos(1), true));
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, hourly);
        SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      pair.client().sendAll(3);
      pair.server().receiveExactly(3);
      assertThat(captured.walk()).isEmpty();
      assertThat(captured.seen(UPDATE)).isZero();
      comeToRest();
      captured.detach();
      List<CapturedRecord> last = captured.walkLast();
      assertThat(client(last).sentBytes()).isEqualTo(3);
      assertThat(server(last).receivedBytes()).isEqualTo(3);
    }
  }

  @Test
  void whatHasNothingNewIsReportedOnlyIfAskedFor() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(RING_BYTES, false));
        SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      comeToRest();
      captured.walk(); // segments of the handshake
      assertThat(captured.walk()).isEmpty();
      pair.server().sendAll(9);
      pair.client().receiveExactly(9);
      comeToRest();
      assertThat(captured.walk()).hasSize(2);
      assertThat(captured.walk()).isEmpty();
      captured.assertSumsClose();
    }
  }

  @Test
  void halfClosedConnectionsGoOnBeingReported() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(RING_BYTES, true));
        SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      pair.client().sendAll(3000);
      pair.client().shutdownWrite();
      pair.server().receiveToEnd();
      pair.server().sendAll(100_000);
      pair.client().receiveExactly(100_000);
      comeToRest();
      List<CapturedRecord> updates = captured.walk();
      assertTotals(client(updates), 3000, 100_000, 0, 0);
      assertTotals(server(updates), 100_000, 3000, 0, 0);
      assertThat(client(updates).state()).isEqualTo(FIN_WAIT2);
      assertThat(client(updates).closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL());
      assertThat(server(updates).state()).isEqualTo(CLOSE_WAIT);
      assertThat(server(updates).closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE());
      assertThat(server(updates).finReceived()).isTrue();
    }
  }

  @Test
  void aSocketThatConnectsAgainBeginsAtNothing() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(RING_BYTES, true));
        SocketPair first = namespace.call(() -> SocketPair.over("127.0.0.1"));
        TestSocket listener = namespace.call(LiveReportKernelTest::listen)) {
      first.client().sendAll(1000);
      first.server().receiveExactly(1000);
      comeToRest();
      captured.walk();
      first.client().disconnect();
      namespace.run(() -> first.client().connect(listener.localEndpoint()));
      first.client().sendAll(77);
      comeToRest();
      CapturedRecord again =
          captured.walk().stream()
              .filter(record -> record.isOutbound() && record.generation() == 1)
              .findFirst()
              .orElseThrow();
      assertTotals(again, 77, 0, 0, 0);
    }
  }

  private static TestSocket listen() {
    return TestSocket.listening(Endpoint.of("127.0.0.1", 0));
  }

  @Test
  void aReportThatFindsNoRoomIsMadeUpForByTheNext() throws Exception {
    int ring = 4096;
    int room = (int) ((ring - 1) / (tcp_probe_info.sizeof() + 8));
    List<SocketPair> pairs = new ArrayList<>();
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, reportsOfAnyAge(ring, false))) {
      namespace.run(
          () -> {
            for (int i = 0; i < room; i++) {
              pairs.add(SocketPair.over("127.0.0.1"));
            }
          });
      pairs.forEach(pair -> pair.client().sendAll(10));
      pairs.forEach(pair -> pair.server().receiveExactly(10));
      comeToRest();
      assertThat(captured.outcome(OPEN, ProbeAbi.TCP_PROBE_DEFERRED())).isEqualTo(room);
      assertThat(captured.walk()).as("with the ring full at first").hasSizeLessThan(2 * room);
      assertThat(captured.outcome(UPDATE, ProbeAbi.TCP_PROBE_DEFERRED())).isPositive();
      captured.walk();
      List<CapturedRecord> updates = captured.ofKind(UPDATE);
      long sent = updates.stream().mapToLong(u -> u.sentBytes() - u.reportedSentBytes()).sum();
      assertThat(sent).isEqualTo(10L * room);
      assertThat(updates.stream().map(CapturedRecord::socketCookie).distinct()).hasSize(2 * room);
      assertThat(updates.stream().filter(u -> !u.openReported()))
          .as("first records of those whose open found no room")
          .hasSize(room);
      captured.assertSumsClose();
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }

  @Test
  void connectionsOfOtherNamespacesAreFound() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace one = TestNamespace.create();
        TestNamespace other = TestNamespace.create();
        CapturedConnections ofOne =
            new CapturedConnections(cgroup, one, reportsOfAnyAge(RING_BYTES, true));
        CapturedConnections ofOther =
            new CapturedConnections(cgroup, other, reportsOfAnyAge(RING_BYTES, true));
        SocketPair inOne = one.call(() -> SocketPair.over("127.0.0.1"));
        SocketPair inOther = other.call(() -> SocketPair.over("127.0.0.1"))) {
      assertThat(ofOne.walk())
          .extracting(CapturedRecord::socketCookie)
          .containsExactlyInAnyOrder(inOne.client().cookie(), inOne.server().cookie());
      assertThat(ofOther.walk())
          .extracting(CapturedRecord::socketCookie)
          .containsExactlyInAnyOrder(inOther.client().cookie(), inOther.server().cookie());
      assertThat(ofOne.outcome(UPDATE, ProbeAbi.TCP_PROBE_PUT()))
          .as("both namespaces")
          .isEqualTo(4);
      assertThat(ofOne.seen(CLOSE)).isZero();
    }
  }
}
