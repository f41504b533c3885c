// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.bpf.ConnectionFilter;
import io.tcpotel.bpf.ProbeSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;

/**
 * A connection of this process with itself, made before the hooks: to see whether they adopt it.
 */
record OlderConnection(ServerSocket listener, Socket client, Socket server)
    implements AutoCloseable {

  static OlderConnection make() {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try {
      ServerSocket listener = new ServerSocket(0, 1, loopback);
      Socket client = new Socket(loopback, listener.getLocalPort());
      return new OlderConnection(listener, client, listener.accept());
    } catch (IOException e) {
      throw Failure.running(
          "connect over loopback", e.getMessage(), "set the interface up: ip link set lo up", e);
    }
  }

  /** Of a probe that watches nothing but this one. */
  ProbeSettings settings(long ringBytes) {
    return ProbeSettings.of(ringBytes, true)
        .withFilter(
            new ConnectionFilter(
                false, false, Map.of(), Map.of(), Map.of(), Map.of(listener.getLocalPort(), true)));
  }

  @Override
  public void close() {
    try (listener;
        client;
        server) {
      // Closed in turn.
    } catch (IOException e) {
      // Nobody else has them.
    }
  }
}
