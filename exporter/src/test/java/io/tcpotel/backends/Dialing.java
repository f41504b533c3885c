// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;

/** How the fleet's workloads listen and connect; each connect becomes part of the truth. */
final class Dialing {
  private final TestNetwork network;
  private final Workloads workloads;
  private final Truth truth;

  Dialing(TestNetwork network, Workloads workloads, Truth truth) {
    this.network = network;
    this.workloads = workloads;
    this.truth = truth;
  }

  TestNetwork network() {
    return network;
  }

  /** A listener of {@link Workload#STORE}, reached by {@link #connect}. */
  TestSocket listen(int port) {
    workloads.join(Workload.STORE);
    Endpoint at = Endpoint.of(TestNetwork.serverAddress(true), port);
    return network.server().call(() -> TestSocket.listening(at));
  }

  /** The peer for {@link #connect}: the server's address. */
  static Endpoint server(int port) {
    return Endpoint.of(TestNetwork.serverAddress(true), port);
  }

  /** Sockets made from now on are that workload's. */
  void as(Workload workload) {
    workloads.join(workload);
  }

  /** Connects as {@code client}, which has to be the workload now. */
  LiveConnection connect(Workload client, TestSocket listener, Endpoint peer) {
    KnownConnection known = truth.add(new KnownConnection(client, peer));
    TestSocket socket = socket(peer);
    socket.connect(peer);
    known.from(socket.localEndpoint(), socket.cookie()).establish().to(Workload.STORE);
    return new LiveConnection(socket, listener.accept(), known);
  }

  /** A connect that fails with {@code error}. */
  void fail(Workload client, Endpoint peer, String error) {
    KnownConnection known = truth.add(new KnownConnection(client, peer));
    try (TestSocket socket = socket(peer)) {
      if (socket.tryConnect(peer) == 0) {
        throw new AssertionError(peer + " is reached");
      }
      known.from(socket.localEndpoint(), socket.cookie());
    }
    known.end(error, "");
  }

  private TestSocket socket(Endpoint peer) {
    TestNamespace host = network.client();
    return host.call(() -> TestSocket.like(peer));
  }
}
