// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.util.function.Consumer;

/** How the fleet's workloads listen and connect; each connect becomes part of the truth. */
final class Dialing {
  /** An address of the server that only the router knows. */
  static final String VIRTUAL = "203.0.113.7";

  /** The router's, as the client sees it. */
  static final String ROUTER = "198.18.1.1";

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

  Truth truth() {
    return truth;
  }

  /** At the server's IPv4 address. */
  static Endpoint server(int port) {
    return Endpoint.of(TestNetwork.serverAddress(true), port);
  }

  /** A listener with its workload and its port, and connects of one workload to it. */
  final class Listener implements AutoCloseable {
    private final TestSocket socket;
    private final Workload server;
    private final Workload client;
    private final Endpoint peer;

    private Listener(TestSocket socket, Workload server, Workload client, Endpoint peer) {
      this.socket = socket;
      this.server = server;
      this.client = client;
      this.peer = peer;
    }

    LiveConnection connect() {
      return connect(unconnected -> {});
    }

    /** With a socket that is set up before. */
    LiveConnection connect(Consumer<TestSocket> setUp) {
      KnownConnection known = truth.add(new KnownConnection(client, peer));
      TestSocket connecting = socketFor(peer);
      setUp.accept(connecting);
      connecting.connect(peer);
      known.of(connecting).to(server, socket.localEndpoint().port());
      TestSocket accepted = socket.accept();
      known.accept();
      return new LiveConnection(connecting, accepted, known);
    }

    /** Nobody accepts it. */
    TestSocket connectOnly() {
      KnownConnection known = truth.add(new KnownConnection(client, peer));
      TestSocket connecting = socketFor(peer).connect(peer);
      known.of(connecting).to(server, socket.localEndpoint().port());
      return connecting;
    }

    TestSocket socket() {
      return socket;
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  /** Of a workload of the server, to which {@code client} connects until the next call. */
  Listener listen(Workload server, int port, Workload client) {
    return listen(server, server(port), client, server(port), unbound -> {});
  }

  /**
   * Likewise.
   *
   * @param at where it listens
   * @param peer where the client finds it
   * @param setUp before it listens
   */
  Listener listen(
      Workload server, Endpoint at, Workload client, Endpoint peer, Consumer<TestSocket> setUp) {
    workloads.join(server);
    TestSocket socket = network.server().call(() -> TestSocket.like(at));
    socket.reuseAddress(true);
    setUp.accept(socket);
    socket.bind(at).listen(Integer.MAX_VALUE);
    workloads.join(client);
    return new Listener(socket, server, client, peer);
  }

  /** Of the router, whose end is none of a connection's {@link KnownConnection#server}. */
  Listener listenAtRouter(int port, Workload client) {
    Endpoint at = Endpoint.of(ROUTER, port);
    workloads.join(Workload.LEDGER);
    TestSocket socket = network.router().call(() -> TestSocket.listening(at));
    workloads.join(client);
    return new Listener(socket, null, client, at);
  }

  /** Connects that fail with {@code error}. */
  void fail(Workload client, int times, int port, String error) {
    workloads.join(client);
    Endpoint peer = server(port);
    for (int i = 0; i < times; i++) {
      KnownConnection known = truth.add(new KnownConnection(client, peer));
      try (TestSocket socket = socketFor(peer)) {
        if (socket.tryConnect(peer) == 0) {
          throw new AssertionError(peer + " is reached");
        }
        known.of(socket);
      }
      known.fail(error);
    }
  }

  /** The next sockets are of this workload. */
  void as(Workload client) {
    workloads.join(client);
  }

  /** A connect that has sent its SYN and is not waited for. */
  TestSocket begin(Workload client, Endpoint peer, Consumer<TestSocket> setUp, String error) {
    workloads.join(client);
    KnownConnection known = truth.add(new KnownConnection(client, peer));
    TestSocket socket = socketFor(peer);
    setUp.accept(socket);
    socket.startConnect(peer);
    known.of(socket).fail(error);
    return socket;
  }

  private TestSocket socketFor(Endpoint peer) {
    TestNamespace host = network.client();
    return host.call(() -> TestSocket.like(peer));
  }
}
