// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.TestSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connects that fail, and connections that are reset. */
final class FailingTraffic {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** What the router does for it. */
  static final List<String> RULES =
      List.of(
          "ip daddr 198.18.2.2 tcp dport "
              + FleetPorts.UNREACHABLE
              + " reject with icmp type host-unreachable",
          "tcp dport { " + FleetPorts.CANCELED + ", " + FleetPorts.TIMED_OUT + " } drop");

  private final Dialing dialing;

  FailingTraffic(Dialing dialing) {
    this.dialing = dialing;
  }

  void run() {
    List<TestSocket> failing = begin(3, FleetPorts.TIMED_OUT, "timed_out");
    failing.addAll(begin(5, FleetPorts.UNREACHABLE, "host_unreachable"));
    dialing.fail(Workload.CHECKOUT, 37, FleetPorts.REFUSED, "connection_refused");
    dialing.fail(Workload.BATCH, 11, FleetPorts.REFUSED, "connection_refused");
    for (int i = 0; i < 7; i++) {
      dialing
          .begin(Workload.CHECKOUT, Dialing.server(FleetPorts.CANCELED), socket -> {}, "canceled")
          .close();
    }
    resets();
    for (TestSocket socket : failing) {
      socket.finishConnect(LIMIT);
      socket.close();
    }
  }

  /** All at once: each of them takes a second or more. */
  private List<TestSocket> begin(int times, int port, String error) {
    List<TestSocket> sockets = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      sockets.add(
          dialing.begin(
              Workload.BATCH, Dialing.server(port), socket -> socket.synRetries(1), error));
    }
    return sockets;
  }

  /** Failures at a port that nobody has used. */
  void burst() {
    dialing.fail(Workload.BATCH, 57, FleetPorts.BURST, "connection_refused");
  }

  private void resets() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.RESET_BY_SERVER, Workload.CHECKOUT)) {
      for (int i = 0; i < 13; i++) {
        listener.connect().exchange(17, 19).resetByServer();
      }
    }
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.RESET_BY_CLIENT, Workload.BATCH)) {
      for (int i = 0; i < 6; i++) {
        listener.connect().exchange(23, 29).resetByClient();
      }
    }
  }
}
