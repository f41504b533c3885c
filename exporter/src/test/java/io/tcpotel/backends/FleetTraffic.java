// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestSocket;

/** Connections of each kind, with numbers that differ everywhere. */
final class FleetTraffic {
  private final Dialing dialing;

  FleetTraffic(Dialing dialing) {
    this.dialing = dialing;
  }

  void run() {
    refused(Workload.CHECKOUT, 37);
    refused(Workload.BATCH, 11);
    shortOnes(Workload.CHECKOUT, 120, 101, 2_003);
    shortOnes(Workload.BATCH, 70, 307, 59);
    resets();
  }

  private void refused(Workload client, int times) {
    dialing.as(client);
    for (int i = 0; i < times; i++) {
      dialing.fail(client, Dialing.server(FleetPorts.REFUSED), "connection_refused");
    }
  }

  private void shortOnes(Workload client, int times, int requestBytes, int answerBytes) {
    Endpoint peer = Dialing.server(FleetPorts.SHORT);
    try (TestSocket listener = dialing.listen(FleetPorts.SHORT)) {
      dialing.as(client);
      for (int i = 0; i < times; i++) {
        dialing.connect(client, listener, peer).exchange(requestBytes, answerBytes).finish();
      }
    }
  }

  private void resets() {
    try (TestSocket listener = dialing.listen(FleetPorts.RESET_BY_SERVER)) {
      dialing.as(Workload.CHECKOUT);
      for (int i = 0; i < 13; i++) {
        dialing
            .connect(Workload.CHECKOUT, listener, Dialing.server(FleetPorts.RESET_BY_SERVER))
            .exchange(17, 19)
            .resetByServer();
      }
    }
    try (TestSocket listener = dialing.listen(FleetPorts.RESET_BY_CLIENT)) {
      dialing.as(Workload.BATCH);
      for (int i = 0; i < 7; i++) {
        dialing
            .connect(Workload.BATCH, listener, Dialing.server(FleetPorts.RESET_BY_CLIENT))
            .exchange(23, 29)
            .resetByClient();
      }
    }
  }
}
