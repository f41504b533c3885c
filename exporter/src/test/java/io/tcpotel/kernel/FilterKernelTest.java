// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not to be reported is not, and is counted. */
@KernelTest
@Timeout(60)
class FilterKernelTest {
  private static final int CONNECTIONS = 20;
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind FAILED = RecordKind.FAILED;
  private static final ReportOutcome PUT = ReportOutcome.PUT;
  private static final ReportOutcome FILTERED = ReportOutcome.FILTERED;
  private static final ReportOutcome DEFERRED = ReportOutcome.DEFERRED;

  private static ProbeSettings kinds(RecordKind... kinds) {
    long ring = ProbeSettings.DEFAULT_RING_BYTES;
    return ProbeSettings.of(ring, true).withReportKinds(Set.of(kinds));
  }

  @Test
  void opensThatAreNotAskedForAreDeferredToTheirCloses() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured =
            new CapturedConnections(cgroup, namespace, kinds(CLOSE, FAILED))) {
      namespace.run(FilterKernelTest::connectAndFail);
      List<CapturedRecord> ends = captured.awaitEnds(3);
      assertThat(captured.opens()).isEmpty();
      assertThat(ends).hasSize(3).noneMatch(CapturedRecord::openReported);
      assertThat(captured.outcome(OPEN, DEFERRED)).isEqualTo(2);
      assertThat(captured.outcome(CLOSE, PUT)).isEqualTo(2);
      assertThat(captured.outcome(FAILED, PUT)).isEqualTo(1);
      captured.assertSumsClose();
    }
  }

  @Test
  void endsThatAreNotAskedForAreFiltered() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, kinds(OPEN))) {
      namespace.run(FilterKernelTest::connectAndFail);
      captured.detach();
      captured.drain();
      assertThat(captured.opens()).hasSize(2);
      assertThat(captured.ends()).isEmpty();
      assertThat(captured.outcome(CLOSE, FILTERED)).isEqualTo(2);
      assertThat(captured.outcome(FAILED, FILTERED)).isEqualTo(1);
      captured.assertSumsClose();
    }
  }

  private static void connectAndFail() {
    try (SocketPair pair = SocketPair.over("127.0.0.1")) {
      pair.finish();
    }
    try (TestSocket socket = TestSocket.v4()) {
      assertThat(socket.tryConnect(Endpoint.of("127.0.0.1", 9))).isPositive();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
  void ownConnectionsAreFilteredAtBothEndsAndStrangersAreNot(String address) throws Exception {
    ProbeSettings withoutOwn = ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false);
    Endpoint any = Endpoint.of(address, 0);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, withoutOwn);
        TestSocket listener = namespace.call(() -> TestSocket.listening(any))) {
      namespace.receiveSteering(true);
      Endpoint server = listener.localEndpoint();
      for (int i = 0; i < CONNECTIONS; i++) {
        namespace.run(() -> connectOnce(listener, server));
      }
      assertThat(captured.outcome(OPEN, FILTERED)).isEqualTo(2 * CONNECTIONS);
      long stranger = connectAsStranger(namespace, listener, server);
      List<CapturedRecord> ends = captured.awaitEnds(2);
      namespace.run(() -> connectOnce(listener, server));
      captured.detach();
      captured.drain();

      assertThat(captured.ends()).isEqualTo(ends).hasSize(2);
      assertThat(captured.opens()).hasSize(2);
      assertThat(ends)
          .filteredOn(CapturedRecord::isOutbound)
          .hasSize(1)
          .allMatch(end -> end.pid() == stranger && end.command().equals("bash"));
      assertThat(ends)
          .filteredOn(end -> !end.isOutbound())
          .hasSize(1)
          .allMatch(
              end ->
                  end.localPort() == server.port() && end.pid() == ProcessHandle.current().pid());
      assertThat(captured.outcome(OPEN, FILTERED)).isEqualTo(2 * CONNECTIONS + 2);
      assertThat(captured.seen(CLOSE)).isEqualTo(2);
      assertThat(captured.counters().unknown()).isZero();
      captured.assertSumsClose();
    }
  }

  private static void connectOnce(TestSocket listener, Endpoint server) {
    try (TestSocket client = TestSocket.like(server)) {
      client.connect(server);
      try (TestSocket accepted = listener.accept()) {
        client.shutdownWrite();
        accepted.receiveToEnd();
      }
      client.receiveToEnd();
    }
  }

  /** Another process in the same cgroup and namespace; returns its pid. */
  private static long connectAsStranger(
      TestNamespace namespace, TestSocket listener, Endpoint server) throws Exception {
    String host = server.toString().contains("ffff") || server.isV4() ? "127.0.0.1" : "::1";
    String script = "exec 3<>/dev/tcp/" + host + "/" + server.port() + " && cat <&3 >/dev/null";
    Process process =
        namespace.call(
            () ->
                new ProcessBuilder("bash", "-c", script)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start());
    try {
      listener.accept().close();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
      return process.pid();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void anEntryForAnOwnConnectionServesOnce() {
    ProbeSettings withoutOwn = ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false);
    List<SocketPair> pairs = new ArrayList<>();
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace, withoutOwn)) {
      namespace.run(
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
