// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.PrometheusServer;
import io.tcpotel.testing.RealJaeger;
import io.tcpotel.testing.RealVictoriaLogs;
import io.tcpotel.testing.TestNetwork;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The real backends behind the real Collector, after traffic between two hosts with an agent each.
 * Everything listens on the loopback; everything goes on until {@link #close}, but the traffic is
 * over: answers are asked for as of {@link #endSeconds}, or of the last sample of an agent, at
 * which {@code increase()} has nothing to extrapolate.
 */
final class Fleet implements AutoCloseable {
  private static final String CLIENT = "tcpotel_connection_role=\"client\"";
  private static final String SERVER =
      "tcpotel_connection_role=\"server\",server_port!=\"" + FleetPorts.FULL_RING + "\"";
  private static final String ROUTER =
      "tcpotel_connection_role=\"server\",server_port=\"" + FleetPorts.FULL_RING + "\"";

  /** The Collector is away so long, beside the traffic of that time. */
  private static final long AWAY_MS = 3 * FleetAgent.METRIC_INTERVAL_MS;

  /** How long a packet takes from the router to the server, and back. */
  static final Duration ONE_WAY = Duration.ofMillis(3);

  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final Truth truth = new Truth();
  private final Instant began = Instant.now();
  private FleetBackends backends;
  private FleetAgent client;
  private FleetAgent server;
  private double clientSeconds;
  private double serverSeconds;

  private Fleet() {}

  /** Returns when the traffic is over, and the backends have all of it. */
  static Fleet start() {
    Fleet fleet = new Fleet();
    boolean isReady = false;
    try {
      fleet.run();
      isReady = true;
      return fleet;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (!isReady) {
        fleet.close();
      }
    }
  }

  private void run() throws IOException {
    backends = keep(FleetBackends.start());
    TestNetwork network = keep(TestNetwork.create(ONE_WAY));
    Workloads workloads = keep(new Workloads());
    client = keep(new FleetAgent(network.client(), workloads.all(), backends.endpoint()).start());
    server = keep(new FleetAgent(network.server(), workloads.all(), backends.endpoint()).start());
    FleetAgent router =
        keep(
            new FleetAgent(
                    network.router(),
                    workloads.all(),
                    backends.endpoint(),
                    "--ring-size=4KiB",
                    "--filter-port=" + FleetPorts.FULL_RING)
                .start());
    FleetTraffic traffic = keep(new FleetTraffic(new Dialing(network, workloads, truth)));
    traffic.beforeRestart();
    workloads.leave();
    client.stop();
    client.start();
    traffic.afterRestart();
    workloads.leave();
    router.pause();
    traffic.intoFullRing();
    router.resume();
    workloads.leave();
    backends.stopCollector();
    traffic.withoutCollector();
    Await.pause(AWAY_MS);
    workloads.leave();
    backends.startCollector();
    awaitLater(CLIENT, nowSeconds());
    traffic.run();
    workloads.leave();
    truth.countQueueDrops(traffic.queueDrops());
    awaitWalks(Instant.now());
    awaitMetrics();
    awaitLogs();
  }

  private <T extends AutoCloseable> T keep(T part) {
    started.push(part);
    return part;
  }

  /**
   * Until both agents have reported each idle connection twice since: in between they have visited
   * all that is open, and all listeners.
   */
  private void awaitWalks(Instant since) {
    for (String role : List.of("client", "server")) {
      String query =
          "event_name:=\"tcpotel.connection.update\" _time:>"
              + since
              + " tcpotel.connection.role:="
              + role
              + " server.port:="
              + FleetPorts.IDLE
              + " | stats by (tcpotel.connection.id) count() as updates | filter updates:>1";
      Await.until(
          "two reports of each idle " + role,
          () -> {
            Await.pause(250);
            return victoriaLogs().query(query).size() == truth.at(FleetPorts.IDLE).size();
          });
    }
  }

  /** Until both agents have sent what is of the traffic, and once more what is open now. */
  private void awaitMetrics() {
    awaitSum("attempts_total", CLIENT, truth.all().size());
    awaitSum("attempts_total", SERVER, truth.where(KnownConnection::hasServer).size());
    awaitSum("duration_seconds_count", CLIENT, truth.where(KnownConnection::isEnded).size());
    awaitSum(
        "duration_seconds_count",
        SERVER,
        truth.where(each -> each.isEnded() && each.hasServer()).size());
    awaitSum("duration_seconds_count", ROUTER, truth.at(FleetPorts.FULL_RING).size());
    double doneSeconds = nowSeconds();
    clientSeconds = awaitLater(CLIENT, doneSeconds);
    serverSeconds = awaitLater(SERVER, doneSeconds);
    awaitLater(ROUTER, doneSeconds);
  }

  /** Of the last sample. */
  private double lastSeconds(String selector) {
    return value(
        prometheus().query("max(timestamp(tcpotel_connection_attempts_total{" + selector + "}))"));
  }

  /** Until two collections of the agent that began since have arrived: when the last one was. */
  private double awaitLater(String selector, double sinceSeconds) {
    double seconds = sinceSeconds;
    for (int i = 0; i < 2; i++) {
      double earlier = seconds;
      Await.until(
          "a collection after " + earlier,
          () -> {
            Await.pause(250);
            return lastSeconds(selector) > earlier;
          });
      seconds = lastSeconds(selector);
    }
    return seconds;
  }

  private static double nowSeconds() {
    return System.currentTimeMillis() / 1e3;
  }

  /** Until there is a log record of the end of each connection and of each connect that failed. */
  private void awaitLogs() {
    long clients = truth.where(each -> !each.isOpen()).size();
    long servers = truth.where(each -> each.isEnded() && each.hasServer()).size();
    String query =
        "event_name:=\"tcpotel.connection.end\" not (tcpotel.connection.role:=server server.port:="
            + FleetPorts.FULL_RING
            + ") | stats count() as ends";
    Await.until(
        (clients + servers) + " ends",
        () -> {
          Await.pause(250);
          long ends = victoriaLogs().query(query).get(0).get("ends").getAsLong();
          return ends >= clients + servers;
        });
  }

  /** As of the last sample: any later, {@code increase()} adds what might have come since. */
  private void awaitSum(String counter, String selector, long expected) {
    String query = "sum(increase(tcpotel_connection_" + counter + "{" + selector + "}[1h]))";
    Await.until(
        expected + " of " + query,
        () -> {
          Await.pause(250);
          return value(prometheus().query(query, lastSeconds(selector))) > expected - 0.5;
        });
  }

  /** Of one series at most; 0 if there is none. */
  private static double value(List<PrometheusServer.Sample> samples) {
    return samples.isEmpty() ? 0 : samples.getFirst().value();
  }

  Truth truth() {
    return truth;
  }

  PrometheusServer prometheus() {
    return backends.prometheus();
  }

  RealVictoriaLogs victoriaLogs() {
    return backends.victoriaLogs();
  }

  RealJaeger jaeger() {
    return backends.jaeger();
  }

  /** Before the traffic. */
  Instant began() {
    return began;
  }

  /** Of the last sample of the client's agent, which has sent all of the traffic by then. */
  double clientSeconds() {
    return clientSeconds;
  }

  /** Of the last sample of the server's agent, likewise. */
  double serverSeconds() {
    return serverSeconds;
  }

  /** Both agents have sent all of the traffic by then. */
  double endSeconds() {
    return Math.max(clientSeconds, serverSeconds);
  }

  @Override
  public void close() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
