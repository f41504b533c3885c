// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.PrometheusServer.Sample;
import io.tcpotel.testing.RuleFile;
import io.tcpotel.testing.Runbooks;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each alert that a test can provoke fires in the real Prometheus, for the connections in trouble
 * and for no others; and its runbook's queries have an answer then.
 */
@KernelTest
@BackendsTest
@Timeout(Await.TEST_SECONDS)
class AlertsKernelTest {
  @TempDir private Path folder;

  private final HastenedBackends backends = new HastenedBackends(1_000);

  @AfterEach
  void end() {
    backends.close();
  }

  /** Waits until an alert with these labels fires; asks the queries of its runbook. */
  private Sample awaitFiring(String alert, String... labels) {
    StringBuilder query = new StringBuilder("ALERTS{alertstate=\"firing\",alertname=\"" + alert);
    for (int i = 0; i < labels.length; i += 2) {
      query.append("\",").append(labels[i]).append("=\"").append(labels[i + 1]);
    }
    query.append("\"}");
    long beganNs = System.nanoTime();
    try {
      Await.until(
          query.toString(),
          () -> {
            Await.pause(250);
            return !backends.query(query.toString()).isEmpty();
          });
    } catch (AssertionError e) {
      throw new AssertionError(
          e.getMessage() + " in " + backends.query("{__name__=~\"ALERTS|.*:.*|.*stream.*\"}"), e);
    }
    Sample sample = backends.query(query.toString()).getFirst();
    System.out.printf(
        "%s fires after %d s: %s%n",
        alert, (System.nanoTime() - beganNs) / 1_000_000_000, new TreeMap<>(sample.labels()));
    return sample;
  }

  private void askRunbook(String alert) {
    for (String query : Runbooks.queries().get(alert)) {
      List<Sample> answer = backends.query(query);
      System.out.println(query.replaceAll("\\s+", " ") + " is answered " + answer);
      assertThat(answer).as("%s: %s", alert, query).isNotEmpty();
    }
  }

  /** The instance of the agent whose limit of series this is. */
  private String instance() {
    return backends.query("tcpotel_metric_stream_limit").getFirst().label("instance");
  }

  @Test
  void connectionsInTroubleFireTheirAlertsAndOthersDoNot() throws IOException {
    backends.start(folder, RuleFile.RULES);
    TestNetwork network = backends.keep(TestNetwork.create());
    backends.startAgent(backends.keep(TestCgroup.create()).join());
    backends.keep(new Trouble(network)).begin();
    awaitFiring("TcpotelLoss", "item", "log record", "reason", "UNIMPLEMENTED");
    awaitFiring("TcpConnectFailures", "server_port", "" + Trouble.REFUSED);
    awaitFiring("TcpRetransmissions", "server_port", "" + Trouble.LOSSY);
    awaitFiring("TcpConnectionsStalled", "server_port", "" + Trouble.STALLED);
    awaitFiring("TcpAcceptQueueOverflow", "server_port", "" + Trouble.OVERFLOWING);
    askRunbook("TcpotelLoss");
    askRunbook("TcpConnectFailures");
    askRunbook("TcpRetransmissions");
    askRunbook("TcpConnectionsStalled");
    askRunbook("TcpAcceptQueueOverflow");
    askRunbook("TcpRoundTripTimeRise");
    String well = "{server_port=\"" + Trouble.WELL + "\"}";
    assertThat(backends.query("tcpotel_connection_attempts_total" + well)).isNotEmpty();
    assertThat(backends.query("count_over_time(ALERTS" + well + "[1h])")).isEmpty();
  }

  @Test
  void anAgentThatSeesNothingThatSendsNothingOrThatHasNoRoomFiresAnAlert() throws IOException {
    backends.start(folder, RuleFile.RULES);
    TestCgroup cgroup = backends.keep(TestCgroup.create());
    TestCgroup watched = backends.keep(cgroup.child());
    Program agent = backends.startAgent(watched, "--signals=metrics");
    watched.join();
    connectTwiceToEach(HastenedBackends.SERIES);
    cgroup.join();
    awaitFiring("TcpotelSeriesNearLimit");
    askRunbook("TcpotelSeriesNearLimit");
    String instance = instance();
    watched.close();
    awaitFiring("TcpotelNotAttached", "instance", instance);
    askRunbook("TcpotelNotAttached");
    agent.signal("KILL").await();
    Sample silent = awaitFiring("TcpotelAgentSilent");
    askRunbook("TcpotelAgentSilent");
    String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    String hash = instance.substring(instance.lastIndexOf('-'));
    assertThat(silent.label("agent")).isEqualTo(host + hash);
  }

  private static void connectTwiceToEach(int ports) {
    for (int i = 0; i < ports; i++) {
      try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0))) {
        for (int times = 0; times < 2; times++) {
          try (TestSocket client = TestSocket.v4().connect(listener.localEndpoint());
              TestSocket accepted = listener.accept()) {
            client.sendAll(1);
            accepted.receiveExactly(1);
          }
        }
      }
    }
  }
}
