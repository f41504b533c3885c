// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.bpf.AddressPrefix;
import io.tcpotel.bpf.ConnectionFilter;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is not wanted is refused at birth, at both ends, and counted. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class ConnectionFilterKernelTest {
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final ReportOutcome FILTERED = ReportOutcome.FILTERED;
  private static final int PORT = 4711;
  private static final int OTHER_PORT = 4712;

  /** Destinations that all are this host, the last one over IPv6. */
  private static final List<String> HOSTS = List.of("127.0.0.1", "127.0.0.77", "127.1.2.3", "::1");

  private static final ConnectionFilter NONE = ConnectionFilter.NONE;

  private static ConnectionFilter prefixes(Map<String, Boolean> texts) {
    Map<AddressPrefix, Boolean> parsed =
        texts.entrySet().stream()
            .collect(Collectors.toMap(e -> AddressPrefix.parse(e.getKey()), Map.Entry::getValue));
    return new ConnectionFilter(false, false, Map.of(), Map.of(), parsed, Map.of());
  }

  private static ConnectionFilter ports(Map<Integer, Boolean> ports) {
    return new ConnectionFilter(false, false, Map.of(), Map.of(), Map.of(), ports);
  }

  private static void connectOnce(String host, int port) {
    Endpoint server = Endpoint.of(host, port);
    try (TestSocket listener = TestSocket.like(server).reuseAddress(true).bind(server).listen(5);
        TestSocket client = TestSocket.like(server)) {
      client.connect(server);
      try (TestSocket accepted = listener.accept()) {
        client.shutdownWrite();
        accepted.receiveToEnd();
      }
      client.receiveToEnd();
    }
  }

  /** Connects to each host at both ports; returns what of it was reported, by its client's end. */
  private static Set<String> reported(
      ConnectionFilter filter, boolean outbound, Function<ConnectionRecord, String> name) {
    ProbeSettings settings =
        ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true).withFilter(filter);
    try (CapturedConnections captured = CapturedConnections.begin(settings)) {
      captured.run(
          () -> {
            for (String host : HOSTS) {
              connectOnce(host, PORT);
              connectOnce(host, OTHER_PORT);
            }
          });
      captured.detach();
      captured.drain();
      long births = 4L * HOSTS.size();
      long filtered = captured.outcome(OPEN, FILTERED);
      assertThat(captured.opens().size() + filtered).isEqualTo(births);
      assertThat(captured.ends()).hasSize(captured.opens().size());
      assertThat(captured.counters().unknown()).isZero();
      captured.assertSumsClose();
      return captured.ends().stream()
          .filter(record -> Records.isOutbound(record) == outbound)
          .map(name)
          .collect(Collectors.toSet());
    }
  }

  private static Set<String> reachedHosts(ConnectionFilter filter) {
    return reported(filter, true, ConnectionRecord::peerAddressText);
  }

  @Test
  void theLongestPrefixDecides() {
    assertThat(reachedHosts(prefixes(Map.of("127.0.0.0/8", true, "127.0.0.64/26", false))))
        .containsExactlyInAnyOrder("127.0.0.1", "127.1.2.3");
    assertThat(reachedHosts(prefixes(Map.of("0.0.0.0/0", false, "127.1.2.3", true))))
        .containsExactly("127.1.2.3");
  }

  @Test
  void thePortIsThatOfTheServersEndAtBothEnds() {
    ConnectionFilter wanted = ports(Map.of(PORT, true));
    assertThat(reported(wanted, true, r -> "" + r.peerPort())).containsExactly("" + PORT);
    assertThat(reported(wanted, false, r -> "" + r.localPort())).containsExactly("" + PORT);
    ConnectionFilter refused = ports(Map.of(PORT, false));
    assertThat(reported(refused, true, r -> "" + r.peerPort())).containsExactly("" + OTHER_PORT);
  }

  @Test
  void namespacesAreChosenByTheirFiles() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace one = TestNamespace.create();
        TestNamespace other = TestNamespace.create()) {
      for (boolean wanted : new boolean[] {true, false}) {
        ConnectionFilter filter =
            new ConnectionFilter(
                false, false, Map.of(), Map.of(one.path(), wanted), Map.of(), Map.of());
        ProbeSettings settings =
            ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true).withFilter(filter);
        TestNamespace expected = wanted ? one : other;
        try (CapturedConnections captured = new CapturedConnections(cgroup, expected, settings)) {
          one.run(() -> connectOnce("127.0.0.1", PORT));
          other.run(() -> connectOnce("127.0.0.1", PORT));
          assertThat(captured.awaitEnds(2)).hasSize(2);
          assertThat(captured.outcome(OPEN, FILTERED)).isEqualTo(2);
        }
      }
    }
  }

  @Test
  void anotherProgramThatWatchesWhatIsRefusedMakesNothingUnknown() {
    ProbeSettings all = ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections other = new CapturedConnections(cgroup, namespace, all);
        CapturedConnections captured =
            new CapturedConnections(
                cgroup, namespace, all.withFilter(ports(Map.of(OTHER_PORT, true))))) {
      namespace.run(() -> connectOnce("127.0.0.1", PORT));
      assertThat(other.awaitEnds(2)).hasSize(2);
      captured.detach();
      assertThat(captured.drain()).isZero();
      assertThat(captured.counters().unknown()).isZero();
      assertThat(captured.outcome(OPEN, FILTERED)).isEqualTo(2);
    }
  }

  @Test
  void aFileThatIsNoNamespaceIsRefusedByName() {
    Path missing = Path.of("/proc/self/ns/no-such");
    ConnectionFilter filter =
        new ConnectionFilter(false, false, Map.of(), Map.of(missing, true), Map.of(), Map.of());
    assertThatThrownBy(
            () ->
                TcpProbe.load(
                    ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true).withFilter(filter)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("filter netns: " + missing);
  }

  @Test
  void anEntryForAnOwnConnectionServesOnce() {
    ProbeSettings withoutOwn = ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false);
    List<SocketPair> pairs = new ArrayList<>();
    try (CapturedConnections captured = CapturedConnections.begin(withoutOwn)) {
      captured.run(
          () -> {
            for (int i = 0; i < 2 * ProbeAbi.TCP_PROBE_OWN_CONNECTIONS(); i++) {
              pairs.add(SocketPair.over("127.0.0.1"));
            }
          });
      pairs.forEach(SocketPair::finish);
      captured.detach();
      assertThat(captured.drain()).isZero();
      assertThat(captured.seen(CLOSE)).isZero();
      assertThat(captured.outcome(OPEN, FILTERED)).isEqualTo(2L * pairs.size());
    } finally {
      pairs.forEach(SocketPair::close);
    }
  }
}
