// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connections that end well. */
final class ShortTraffic {
  private static final int LASTING_MS = 60;
  private static final int LASTING_LONGER_MS = 700;

  /** From the router to the server: twice that is in a bucket of the RTT of its own. */
  private static final Duration LONGER_WAY = Duration.ofMillis(70);

  private final Dialing dialing;

  ShortTraffic(Dialing dialing) {
    this.dialing = dialing;
  }

  void run() {
    byClient(Workload.CHECKOUT, 90, 101, 2_003);
    byClient(Workload.BATCH, 50, 307, 59);
    byServer();
    near(FleetPorts.NEAR, 30);
    translated();
    at(FleetPorts.MASQUERADED, 6, 179, 181);
    overIpv6();
    lasting();
  }

  private void byClient(Workload client, int times, int requestBytes, int answerBytes) {
    try (Dialing.Listener listener = dialing.listen(Workload.STORE, FleetPorts.SHORT, client)) {
      for (int i = 0; i < times; i++) {
        listener.connect().exchange(requestBytes, answerBytes).finish();
      }
    }
  }

  private void byServer() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.LEDGER, FleetPorts.CLOSED_BY_SERVER, Workload.BATCH)) {
      for (int i = 0; i < 21; i++) {
        listener.connect().exchange(41, 43).finishByServer();
      }
    }
  }

  /** Some that go no further than the router. */
  void near(int port, int times) {
    try (Dialing.Listener listener = dialing.listenAtRouter(port, Workload.CHECKOUT)) {
      for (int i = 0; i < times; i++) {
        listener.connect().exchange(47, 53).finish();
      }
    }
  }

  private void translated() {
    try (Dialing.Listener listener =
        dialing.listen(
            Workload.STORE,
            Dialing.server(FleetPorts.TRANSLATED_SERVER),
            Workload.CHECKOUT,
            Endpoint.of(Dialing.VIRTUAL, FleetPorts.TRANSLATED),
            unbound -> {})) {
      for (int i = 0; i < 8; i++) {
        listener.connect().exchange(61, 67).finish();
      }
    }
  }

  /** The last ones take a longer way. */
  private void overIpv6() {
    Endpoint at = Endpoint.of(TestNetwork.serverAddress(false), FleetPorts.IPV6);
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, at, Workload.BATCH, at, unbound -> {})) {
      for (int i = 0; i < 9; i++) {
        listener.connect().exchange(71, 73).finish();
      }
      dialing.network().delay(LONGER_WAY);
      for (int i = 0; i < 2; i++) {
        listener.connect().exchange(71, 73).finish();
      }
      dialing.network().delay(Fleet.ONE_WAY);
    }
  }

  /** All at once; one of them lasts longer than the others. */
  private void lasting() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.LASTING, Workload.CHECKOUT)) {
      List<LiveConnection> open = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        open.add(listener.connect().exchange(79, 83));
      }
      Await.pause(LASTING_MS);
      LiveConnection longest = open.remove(10);
      open.forEach(LiveConnection::finish);
      Await.pause(LASTING_LONGER_MS);
      longest.finish();
    }
  }

  /** Some that have a port of their own. */
  void at(int port, int times, int requestBytes, int answerBytes) {
    try (Dialing.Listener listener = dialing.listen(Workload.STORE, port, Workload.CHECKOUT)) {
      for (int i = 0; i < times; i++) {
        listener.connect().exchange(requestBytes, answerBytes).finish();
      }
    }
  }
}
