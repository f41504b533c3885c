// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Await;
import java.util.ArrayList;
import java.util.List;

/** Connections that are slow, each by another cause, and paths that lose segments. */
final class SlowTraffic {
  private static final int SMALL_BUFFER_BYTES = 4_096;
  private static final int LOST = 4;
  private static final int LOST_MORE = 7;

  /** What the router does for it: the first large segments of each port are lost. */
  static final List<String> RULES =
      List.of(lose(LOST, FleetPorts.LOSSY), lose(LOST_MORE, FleetPorts.LOSSIER));

  private final Dialing dialing;
  private final List<String> rules;

  /**
   * @param rules of the router, to which this adds and takes away some
   */
  SlowTraffic(Dialing dialing, List<String> rules) {
    this.dialing = dialing;
    this.rules = rules;
  }

  private static String lose(int segments, int port) {
    return "tcp dport "
        + port
        + " meta length > 1000 numgen inc mod 100000 < "
        + segments
        + " counter drop";
  }

  void run() {
    lossy(FleetPorts.LOSSY);
    lossy(FleetPorts.LOSSIER);
    byNetwork();
    byReceiver();
    bySendBuffer();
    byApplication();
  }

  /** Ten segments of one send each. */
  private void lossy(int port) {
    try (Dialing.Listener listener = dialing.listen(Workload.STORE, port, Workload.BATCH)) {
      LiveConnection connection = listener.connect(socket -> socket.noDelay(true));
      connection
          .send(
              11_000,
              () -> {
                for (int i = 0; i < 10; i++) {
                  connection.client().sendAll(1_100);
                }
              },
              () -> connection.server().receiveExactly(11_000))
          .finish();
    }
  }

  private void byNetwork() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.SLOW_BY_NETWORK, Workload.CHECKOUT)) {
      LiveConnection connection = listener.connect().exchange(89, 97);
      forward("tcp dport " + FleetPorts.SLOW_BY_NETWORK + " drop");
      connection
          .send(
              20_000,
              () -> {
                connection.client().sendAll(20_000);
                Await.pause(500);
                forward();
              },
              () -> connection.server().receiveExactly(20_000))
          .finish();
    }
  }

  private void byReceiver() {
    try (Dialing.Listener listener =
        dialing.listen(
            Workload.STORE,
            Dialing.server(FleetPorts.SLOW_BY_RECEIVER),
            Workload.CHECKOUT,
            Dialing.server(FleetPorts.SLOW_BY_RECEIVER),
            unbound -> unbound.receiveBufferBytes(2 * SMALL_BUFFER_BYTES))) {
      LiveConnection connection = listener.connect();
      connection
          .send(
              60_000,
              () -> connection.client().sendAll(60_000),
              () -> {
                Await.pause(800);
                connection.server().receiveExactly(60_000);
              })
          .finish();
    }
  }

  /**
   * The second small message waits for the acknowledgement of the first, and the large one behind
   * it is pushed only when the buffer is full.
   */
  private void bySendBuffer() {
    int rounds = 100;
    int bytes = rounds * (100 + 100 + 5_000);
    try (Dialing.Listener listener =
        dialing.listen(
            Workload.STORE,
            Dialing.server(FleetPorts.SLOW_BY_SEND_BUFFER),
            Workload.CHECKOUT,
            Dialing.server(FleetPorts.SLOW_BY_SEND_BUFFER),
            unbound -> unbound.receiveBufferBytes(2 * SMALL_BUFFER_BYTES))) {
      LiveConnection connection =
          listener.connect(socket -> socket.sendBufferBytes(SMALL_BUFFER_BYTES));
      connection
          .send(
              bytes,
              () -> {
                for (int i = 0; i < rounds; i++) {
                  connection.client().sendMessage(100);
                  connection.client().sendMessage(100);
                  connection.client().sendMessage(5_000);
                }
              },
              () -> connection.server().receiveAndForget(bytes))
          .finish();
    }
  }

  private void byApplication() {
    try (Dialing.Listener listener =
        dialing.listen(Workload.STORE, FleetPorts.SLOW_BY_APPLICATION, Workload.BATCH)) {
      LiveConnection connection = listener.connect().exchange(103, 107);
      Await.pause(600);
      connection.exchange(109, 113).finish();
    }
  }

  private void forward(String... more) {
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(rules);
    dialing.network().forward(all.toArray(String[]::new));
  }
}
