// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ConnectionFilter;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections older than the program are found, watched from then on, and told apart. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class AdoptionKernelTest {
  private static final RecordKind ADOPTED = RecordKind.ADOPTED;
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

  private static long sentDifferences(List<ConnectionRecord> records, TestSocket socket) {
    return records.stream()
        .filter(record -> record.socketCookie() == socket.cookie())
        .mapToLong(record -> record.sentBytes() - record.reportedSentBytes())
        .sum();
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
        ConnectionRecord failed = captured.awaitEnds(1).get(0);
        assertThat(failed.kind()).isEqualTo(RecordKind.FAILED);
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
          .extracting(ConnectionRecord::socketCookie)
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
            .extracting(ConnectionRecord::socketCookie)
            .containsExactlyInAnyOrder(wanted.client().cookie(), wanted.server().cookie());
        assertThat(captured.outcome(ADOPTED, ReportOutcome.FILTERED)).isEqualTo(2);
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
        SETTINGS.withReportKinds(EnumSet.complementOf(EnumSet.of(ADOPTED)));
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversation older = namespace.call(() -> Conversation.begin("127.0.0.1"));
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, withoutAdoptions)) {
      older.send(50, 60);
      assertThat(captured.adoptOlder()).isEmpty();
      assertThat(captured.outcome(ADOPTED, ReportOutcome.DEFERRED)).isEqualTo(2);
      assertThat(captured.walk()).hasSize(2).noneMatch(ConnectionRecord::openReported);
      assertThat(captured.walk()).hasSize(2).allMatch(ConnectionRecord::openReported);
    }
  }
}
