// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Connections that are open when the traffic is over, until this is closed. */
final class OpenTraffic implements AutoCloseable {
  static final int BACKLOG = 2;

  private static final Pattern OVERFLOWS = Pattern.compile("TcpExtListenOverflows +(\\d+)");

  private final Dialing dialing;
  private final List<String> rules;
  private final List<TestSocket> open = new ArrayList<>();
  private final List<TestSocket> stalled = new ArrayList<>();
  private Dialing.Listener neverAccepting;

  OpenTraffic(Dialing dialing, List<String> rules) {
    this.dialing = dialing;
    this.rules = rules;
  }

  /** The first of all: they are idle from then on, and the agents know the listener. */
  void begin() {
    neverAccepting = dialing.listen(Workload.STORE, FleetPorts.FULL_QUEUE, Workload.CHECKOUT);
    open.add(neverAccepting.socket().listen(BACKLOG));
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.IDLE, Workload.BATCH)) {
      for (int i = 0; i < 3; i++) {
        keep(listener.connect().exchange(127, 131));
      }
    }
  }

  void run() {
    pool();
    fullQueue();
    stalled();
  }

  private void pool() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.LEDGER, FleetPorts.POOL, Workload.CHECKOUT)) {
      List<LiveConnection> pool = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        pool.add(listener.connect());
      }
      for (int i = 0; i < 100; i++) {
        pool.get(i % pool.size()).exchange(137, 139);
      }
      pool.subList(0, 4).forEach(this::keep);
      pool.subList(4, 10).forEach(LiveConnection::finish);
    }
  }

  /** One more than the backlog is let in; who comes then is not answered. */
  private void fullQueue() {
    dialing.as(Workload.CHECKOUT);
    for (int i = 0; i < BACKLOG + 1; i++) {
      open.add(neverAccepting.connectOnly());
    }
    for (int i = 0; i < 5; i++) {
      dialing
          .begin(Workload.CHECKOUT, Dialing.server(FleetPorts.FULL_QUEUE), socket -> {}, "canceled")
          .close();
    }
  }

  /** As the server's host counts them. */
  long queueDrops() {
    String line = dialing.network().server().exec("nstat", "-asz", "TcpExtListenOverflows");
    Matcher matcher = OVERFLOWS.matcher(line);
    if (!matcher.find()) {
      throw new AssertionError(line);
    }
    return Long.parseLong(matcher.group(1));
  }

  private void stalled() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.STALLED, Workload.BATCH)) {
      List<LiveConnection> stalling = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        stalling.add(listener.connect().exchange(149, 151));
      }
      List<String> all = new ArrayList<>(rules);
      all.add("tcp dport " + FleetPorts.STALLED + " drop");
      dialing.network().forward(all.toArray(String[]::new));
      for (LiveConnection connection : stalling) {
        connection.client().sendAll(1_000);
        stalled.add(connection.client());
        keep(connection);
      }
    }
  }

  /**
   * Until each has sent again five times: some six seconds, in which there were reports before the
   * last time.
   */
  void awaitStalled() {
    for (TestSocket client : stalled) {
      Await.until("sent again", () -> client.tcpInfo().totalRetransSegments() >= 5);
    }
  }

  private void keep(LiveConnection connection) {
    open.add(connection.client());
    open.add(connection.server());
  }

  @Override
  public void close() {
    open.forEach(TestSocket::close);
  }
}
