// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;

/** Connections that are open when the traffic is over, until this is closed. */
final class OpenTraffic implements AutoCloseable {
  static final int BACKLOG = 2;

  private final Dialing dialing;
  private final List<String> rules;
  private final List<TestSocket> open = new ArrayList<>();

  OpenTraffic(Dialing dialing, List<String> rules) {
    this.dialing = dialing;
    this.rules = rules;
  }

  /** The first of all: they are idle from then on. */
  void idle() {
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
    Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.FULL_QUEUE, Workload.CHECKOUT);
    open.add(listener.socket());
    listener.socket().listen(BACKLOG);
    for (int i = 0; i < BACKLOG + 1; i++) {
      open.add(listener.connectOnly());
    }
    for (int i = 0; i < 5; i++) {
      dialing
          .begin(Workload.CHECKOUT, Dialing.server(FleetPorts.FULL_QUEUE), socket -> {}, "canceled")
          .close();
    }
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
        keep(connection);
      }
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
