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
 * A connection of this process with itself, opened before the programs are attached, which they
 * should adopt.
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

  /** For a probe that reports this connection alone. */
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
      // closes them in reverse order
    } catch (IOException e) {
      // no other process has an end of it
    }
  }
}
