// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.PrometheusServer.Sample;
import io.tcpotel.testing.RuleFile;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The first burst of connections, under the names of Kmesh and OBI in the real Prometheus. */
@KernelTest
@BackendsTest
@Timeout(Await.TEST_SECONDS)
class MigrationKernelTest {
  private static final int WHOLE = 31;
  private static final int RESET = 5;
  private static final int REFUSED = 17;
  private static final int SENT_BYTES = 130;
  private static final int RECEIVED_BYTES = 70;

  @TempDir private Path folder;

  /** Slow enough for a point of value 0, half a minute before the first, to come in time. */
  private final HastenedBackends backends = new HastenedBackends(4_000);

  @AfterEach
  void end() {
    backends.close();
  }

  private static Void connect() {
    try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0))) {
      for (int i = 0; i < WHOLE + RESET; i++) {
        try (TestSocket client = TestSocket.v4().connect(listener.localEndpoint());
            TestSocket server = listener.accept()) {
          client.sendAll(SENT_BYTES);
          server.receiveExactly(SENT_BYTES);
          server.sendAll(RECEIVED_BYTES);
          client.receiveExactly(RECEIVED_BYTES);
          if (i < RESET) {
            server.reset();
          }
        }
      }
    }
    for (int i = 0; i < REFUSED; i++) {
      try (TestSocket socket = TestSocket.v4()) {
        assertThat(socket.tryConnect(Endpoint.of("127.0.0.1", 9))).isNotZero();
      }
    }
    return null;
  }

  private Map<String, Double> ask(String query, String label) {
    Map<String, Double> answer = new TreeMap<>();
    for (Sample sample : backends.query(query)) {
      answer.put(sample.label(label), sample.value());
    }
    return answer;
  }

  /** Waits for the values; says what came in their place. */
  private void await(String counter, String label, Map<String, Double> expected) {
    String query = "sum by (" + label + ") (" + counter + ")";
    Await.until(
        query + " " + expected,
        () -> {
          Await.pause(500);
          return ask(query, label).equals(expected);
        });
    System.out.println(query + " expected and answered " + expected);
  }

  private static Map<String, Double> both(String client, String server, double each) {
    return Map.of(client, each, server, each);
  }

  @Test
  void theFirstBurstIsThereUnderTheNamesOfBoth() throws IOException {
    backends.start(folder, RuleFile.MIGRATION);
    TestNamespace namespace = backends.keep(TestNamespace.create());
    TestCgroup cgroup = backends.keep(TestCgroup.create());
    backends.startAgent(cgroup, "--signals=metrics");
    cgroup.join();
    namespace.call(MigrationKernelTest::connect);
    cgroup.leave();
    double established = WHOLE + RESET;
    Map<String, Double> connections = both("source", "destination", established);
    await("kmesh_tcp_connections_opened_total", "reporter", connections);
    await("kmesh_tcp_workload_connections_closed_total", "reporter", connections);
    await("kmesh_tcp_conntections_failed_total", "reporter", Map.of("source", 1.0 * REFUSED));
    await(
        "kmesh_tcp_sent_bytes_total",
        "reporter",
        Map.of("source", SENT_BYTES * established, "destination", RECEIVED_BYTES * established));
    await(
        "kmesh_tcp_received_bytes_total",
        "reporter",
        Map.of("source", RECEIVED_BYTES * established, "destination", SENT_BYTES * established));
    await("kmesh_tcp_retrans_total", "reporter", both("source", "destination", 0));
    await(
        "obi_stat_tcp_successful_connections_total",
        "network_tcp_handshake_role",
        both("client", "server", established));
    await(
        "obi_stat_tcp_failed_connections_total",
        "reason",
        Map.of("refused", 1.0 * REFUSED, "reset", 1.0 * RESET, "other", 1.0 * RESET));
    await(
        "obi_stat_tcp_io_bytes_total{network_tcp_handshake_role=\"client\"}",
        "network_io_direction",
        Map.of("transmit", SENT_BYTES * established, "receive", RECEIVED_BYTES * established));
    await(
        "obi_stat_tcp_rtt_seconds_bucket{le=\"+Inf\"}",
        "network_tcp_handshake_role",
        ask(
            "sum by (tcpotel_connection_role) (tcpotel_rtt_seconds_count)",
            "tcpotel_connection_role"));
    // Else the increase of the burst would be 0.
    await(
        "min_over_time(kmesh_tcp_connections_opened_total[1d])",
        "reporter",
        both("source", "destination", 0));
  }
}
