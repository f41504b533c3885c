// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ConnectionFilter;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections older than the program are found, watched from then on, and told apart. */
@KernelTest
@Timeout(60)
class AdoptionKernelTest {
  private static final int ADOPTED = ProbeAbi.TCP_PROBE_ADOPTED();
  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true)
          .withLiveReports(new LiveReports(0, true));

  /** A connection with its listener still there. */
  private record Conversation(TestSocket listener, TestSocket client, TestSocket server)
      implements AutoCloseable {
    static Conversation begin(String address) {
      TestSocket listener = TestSocket.listening(Endpoint.of(address, 0));
      TestSocket client = TestSocket.like(listener.localEndpoint());
      client.connect(listener.localEndpoint());
      return new Conversation(listener, client, listener.accept());
    }

    void send(int up, int down) {
      client.sendAll(up);
      server.receiveExactly(up);
      server.sendAll(down);
      client.receiveExactly(down);
    }

    @Override
    public void close() {
      client.close();
      server.close();
      listener.close();
    }
  }

  private static CapturedRecord ofSocket(List<CapturedRecord> records, TestSocket socket) {
    List<CapturedRecord> found =
        records.stream().filter(r -> r.socketCookie() == socket.cookie()).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  @Test
  void whatItMovedBeforeIsNoDifferenceAndWhatComesThenIs() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"))) {
      older.send(1234, 56_789);
      TimeUnit.MILLISECONDS.sleep(25);
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
        List<CapturedRecord> adopted = captured.adoptOlder();
        assertThat(adopted).hasSize(2).allMatch(CapturedRecord::preexisting);
        assertAdopted(ofSocket(adopted, older.client()), true, 1234, 56_789);
        assertAdopted(ofSocket(adopted, older.server()), false, 56_789, 1234);

        older.send(100, 23);
        TimeUnit.MILLISECONDS.sleep(25);
        CapturedRecord update = ofSocket(captured.walk(), older.client());
        assertThat(update.sentBytes()).isEqualTo(1334);
        assertThat(update.reportedSentBytes()).isEqualTo(1234);
        older.send(1, 2);
        older.client().shutdownWrite();
        older.server().receiveToEnd();
        older.server().close();
        older.client().receiveToEnd();
        List<CapturedRecord> ends = captured.awaitEnds(2);
        assertEnd(ends, true, 1335, 56_814, 1334, 56_812);
        assertEnd(ends, false, 56_814, 1335, 56_812, 1334);
        assertThat(captured.counters().adoptedClosed()).isEqualTo(2);
        assertThat(captured.counters().unknown()).isZero();
        captured.assertSumsClose();
      }
    }
  }

  private static void assertAdopted(
      CapturedRecord record, boolean outbound, long sent, long received) {
    assertThat(record.isOutbound()).isEqualTo(outbound);
    assertThat(record.sentBytes()).isEqualTo(sent).isEqualTo(record.reportedSentBytes());
    assertThat(record.receivedBytes())
        .isEqualTo(received)
        .isEqualTo(record.reportedReceivedBytes());
    assertThat(record.segsOut()).isPositive().isEqualTo(record.reportedSegsOut());
    assertThat(record.segsIn()).isPositive().isEqualTo(record.reportedSegsIn());
    assertThat(record.connSuccess()).isTrue();
    assertThat(record.openReported()).isTrue();
    assertThat(record.state()).isEqualTo(1);
    assertThat(record.durationNs()).isZero();
    assertThat(record.pid()).as("nobody saw who connected").isZero();
    assertThat(record.command()).isEmpty();
  }

  private static void assertEnd(
      List<CapturedRecord> ends,
      boolean outbound,
      long sent,
      long received,
      long reportedSent,
      long reportedReceived) {
    CapturedRecord end =
        ends.stream().filter(record -> record.isOutbound() == outbound).findFirst().orElseThrow();
    assertThat(end.preexisting()).isTrue();
    assertThat(end.openReported()).isTrue();
    assertThat(end.sentBytes()).isEqualTo(sent);
    assertThat(end.receivedBytes()).isEqualTo(received);
    assertThat(end.reportedSentBytes()).isEqualTo(reportedSent);
    assertThat(end.reportedReceivedBytes()).isEqualTo(reportedReceived);
  }

  @Test
  void theSequenceNumbersAreThoseOfTheHandshake() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections witness = new CapturedConnections(cgroup, namespace, SETTINGS);
        Conversation older = namespace.call(() -> Conversation.begin("::1"))) {
      older.send(4000, 5);
      witness.drain();
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
        List<CapturedRecord> adopted = captured.adoptOlder();
        for (TestSocket socket : List.of(older.client(), older.server())) {
          CapturedRecord open = ofSocket(witness.opens(), socket);
          CapturedRecord found = ofSocket(adopted, socket);
          assertThat(found.localIsn()).isNotZero().isEqualTo(open.localIsn());
          assertThat(found.peerIsn()).isNotZero().isEqualTo(open.peerIsn());
          assertThat(found.direction()).isEqualTo(open.direction());
        }
      }
    }
  }

  @Test
  void aServersEndIsKnownWithoutItsListenerIfItHasSentNothing() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        SocketPair older = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      older.client().sendAll(61);
      older.server().receiveExactly(61);
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
        List<CapturedRecord> adopted = captured.adoptOlder();
        assertThat(ofSocket(adopted, older.client()).isOutbound()).isTrue();
        assertThat(ofSocket(adopted, older.server()).isOutbound()).isFalse();
        older.server().sendAll(7);
        older.client().receiveExactly(7);
        older.finish();
        List<CapturedRecord> ends = captured.awaitEnds(2);
        assertEnd(ends, true, 61, 7, 61, 0);
        assertEnd(ends, false, 7, 61, 0, 61);
      }
    }
  }

  @Test
  void whatWasBornSinceIsNotAdoptedAndListenersAreNot() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS);
        Conversation younger = namespace.call(() -> Conversation.begin("127.0.0.1"))) {
      assertThat(captured.adoptOlder()).isEmpty();
      assertThat(captured.seen(ADOPTED)).isZero();
      assertThat(captured.opens()).hasSize(2);
      assertThat(younger.listener().isOpen()).isTrue();
    }
  }

  @Test
  void aSecondSearchFindsNothingMore() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"));
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      assertThat(captured.adoptOlder()).hasSize(2);
      assertThat(captured.adoptOlder()).as("in all").hasSize(2);
      assertThat(older.client().isOpen()).isTrue();
    }
  }

  @Test
  void aRestartCountsNoByteTwice() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation lasting = namespace.call(() -> Conversation.begin("127.0.0.1"))) {
      long counted = 0;
      for (int run = 1; run <= 3; run++) {
        try (CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
          captured.adoptOlder();
          lasting.send(100 * run, 10 * run);
          TimeUnit.MILLISECONDS.sleep(25);
          captured.detach();
          captured.walkLast();
          counted += sentDifferences(captured.records(), lasting.client());
        }
        lasting.send(1000, 1); // while nothing is attached
      }
      assertThat(counted).isEqualTo(100 + 200 + 300);
    }
  }

  private static long sentDifferences(List<CapturedRecord> records, TestSocket socket) {
    return records.stream()
        .filter(record -> record.socketCookie() == socket.cookie())
        .mapToLong(record -> record.sentBytes() - record.reportedSentBytes())
        .sum();
  }

  @Test
  void halfClosedOnesAreCaughtUpWith() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"))) {
      older.client().sendAll(300);
      older.client().shutdownWrite();
      older.server().receiveToEnd();
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
        List<CapturedRecord> adopted = captured.adoptOlder();
        CapturedRecord client = ofSocket(adopted, older.client());
        assertThat(client.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_LOCAL());
        assertThat(client.sentBytes()).as("without SYN and FIN").isEqualTo(300);
        CapturedRecord server = ofSocket(adopted, older.server());
        assertThat(server.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE());
        assertThat(server.receivedBytes()).isEqualTo(300);
        older.server().sendAll(40);
        older.server().close();
        older.client().receiveToEnd();
        List<CapturedRecord> ends = captured.awaitEnds(2);
        assertEnd(ends, true, 300, 40, 300, 0);
        assertEnd(ends, false, 40, 300, 0, 300);
      }
    }
  }

  @Test
  void aConnectThatIsUnderWayIsCountedByItsOutcome() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        TestSocket socket = namespace.call(TestSocket::v4)) {
      Endpoint silent = Endpoint.of(namespace.failingV4().silent(), 4711);
      namespace.run(() -> socket.synRetries(1).startConnect(silent));
      try (CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
        assertThat(captured.adoptOlder()).isEmpty();
        CapturedRecord failed = captured.awaitEnds(1).get(0);
        assertThat(failed.kind()).isEqualTo(ProbeAbi.TCP_PROBE_FAILED());
        assertThat(failed.skErr()).isEqualTo(110);
        assertThat(failed.preexisting()).isFalse();
      }
    }
  }

  @Test
  void onlyThoseOfTheScopeAreAdopted() {
    try (TestCgroup outside = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation stranger = namespace.call(() -> Conversation.begin("127.0.0.1"));
        TestCgroup cgroup = TestCgroup.create().join();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"));
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      assertThat(captured.adoptOlder())
          .extracting(CapturedRecord::socketCookie)
          .containsExactlyInAnyOrder(older.client().cookie(), older.server().cookie());
      assertThat(stranger.client().isOpen()).isTrue();
      assertThat(captured.seen(ADOPTED)).isEqualTo(2);
      assertThat(outside.id()).isNotEqualTo(cgroup.id());
    }
  }

  @Test
  void whatIsFilteredIsCountedAndLeftAlone() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation wanted = namespace.call(() -> Conversation.begin("127.0.0.1"));
        Conversation refused = namespace.call(() -> Conversation.begin("127.0.0.1"))) {
      ConnectionFilter filter =
          new ConnectionFilter(
              false,
              false,
              Map.of(),
              Map.of(),
              Map.of(),
              Map.of(refused.listener().localEndpoint().port(), false));
      try (CapturedConnections captured =
          new CapturedConnections(cgroup, namespace, SETTINGS.withFilter(filter))) {
        assertThat(captured.adoptOlder())
            .extracting(CapturedRecord::socketCookie)
            .containsExactlyInAnyOrder(wanted.client().cookie(), wanted.server().cookie());
        assertThat(captured.outcome(ADOPTED, ProbeAbi.TCP_PROBE_FILTERED())).isEqualTo(2);
        refused.client().close();
        refused.server().close();
        wanted.client().close();
        wanted.server().close();
        captured.awaitEnds(2);
        captured.detach();
        captured.drain();
        assertThat(captured.ends()).hasSize(2);
        assertThat(captured.counters().unknown()).isZero();
        captured.assertSumsClose();
      }
    }
  }

  @Test
  void withoutRoomInTheRingTheNextRecordSaysIt() {
    ProbeSettings withoutAdoptions =
        SETTINGS.withReportKinds(ProbeSettings.ALL_KINDS & ~(1 << ADOPTED));
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"));
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, withoutAdoptions)) {
      older.send(50, 60);
      assertThat(captured.adoptOlder()).isEmpty();
      assertThat(captured.outcome(ADOPTED, ProbeAbi.TCP_PROBE_DEFERRED())).isEqualTo(2);
      assertThat(captured.walk()).hasSize(2).noneMatch(CapturedRecord::openReported);
      assertThat(captured.walk()).hasSize(2).allMatch(CapturedRecord::openReported);
    }
  }

  @Test
  void aSocketThatConnectsAgainIsOfOurTime() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"));
        SocketPair other = namespace.call(() -> SocketPair.over("127.0.0.1"));
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      captured.adoptOlder();
      older.client().disconnect();
      namespace.run(() -> older.client().connect(older.listener().localEndpoint()));
      captured.drain();
      CapturedRecord open =
          captured.opens().stream().filter(CapturedRecord::isOutbound).findFirst().orElseThrow();
      assertThat(open.preexisting()).isFalse();
      assertThat(open.generation()).isEqualTo(1);
      assertThat(open.pid()).isEqualTo(ProcessHandle.current().pid());
      assertThat(other.client().isOpen()).isTrue();
    }
  }
}
