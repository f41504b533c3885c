// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.util.Set;
import java.util.TreeSet;

/**
 * A service of systemd and a container of a pod, on one host, connect to a service on another; an
 * agent on each host sends spans.
 */
final class TwoServices implements AutoCloseable {
  static final String CLIENT = "shop";
  static final String SERVER = "stock";
  static final String CONTAINER = "c0ffee".repeat(10) + "abcd";

  static final int OF_CLIENT = 17;
  static final int OF_CONTAINER = 3;
  static final int REFUSED = 5;

  private final TestNetwork network = TestNetwork.create();
  private final TestCgroup all = TestCgroup.create();
  private final TestCgroup client = all.child(CLIENT + ".service");
  private final TestCgroup pod =
      all.child("kubepods-pod11112222_3333_4444_5555_666677778888.slice");
  private final TestCgroup container = pod.child("cri-containerd-" + CONTAINER + ".scope");
  private final TestCgroup server = all.child(SERVER + ".service");

  /** The client's ports. */
  private final Set<Integer> established = new TreeSet<>();

  private final Set<Integer> refused = new TreeSet<>();

  /** Returns when both agents have sent the spans of all connections to the port of loopback. */
  void run(int collectorPort) {
    try (Program atClient = agent(network.client(), collectorPort);
        Program atServer = agent(network.server(), collectorPort)) {
      connect();
      assertThat(atClient.signal("TERM").await()).as(atClient.messages()).isZero();
      assertThat(atServer.signal("TERM").await()).as(atServer.messages()).isZero();
    } finally {
      client.leave();
    }
  }

  private Program agent(TestNamespace host, int collectorPort) {
    Program agent =
        Program.start(
            "run",
            "--signals=traces",
            "--scope=cgroup:" + all.path(),
            "--filter-netns=" + host.name(),
            "--endpoint=127.0.0.1:" + collectorPort);
    agent.awaitMessage("watching");
    return agent;
  }

  private void connect() {
    server.join();
    Endpoint any = Endpoint.of(TestNetwork.serverAddress(true), 0);
    TestSocket listener = network.server().call(() -> TestSocket.listening(any));
    Endpoint peer = listener.localEndpoint();
    try (listener) {
      connect(client, OF_CLIENT, listener);
      connect(container, OF_CONTAINER, listener);
    }
    client.join();
    for (int i = 0; i < REFUSED; i++) {
      try (TestSocket socket = network.client().call(TestSocket::v4)) {
        assertThat(socket.tryConnect(peer)).isNotZero();
        refused.add(socket.localEndpoint().port());
      }
    }
  }

  private void connect(TestCgroup from, int times, TestSocket listener) {
    for (int i = 0; i < times; i++) {
      from.join();
      TestSocket socket = network.client().call(TestSocket::v4);
      socket.connect(listener.localEndpoint());
      if (from == client) {
        established.add(socket.localEndpoint().port());
      }
      server.join(); // its end belongs to the process that closes it
      new SocketPair(socket, listener.accept()).finish();
    }
  }

  /** The ports of {@link #CLIENT}'s connections. */
  Set<Integer> established() {
    return established;
  }

  /** The ports of its connects that failed. */
  Set<Integer> refused() {
    return refused;
  }

  @Override
  public void close() {
    for (TestCgroup each : new TestCgroup[] {client, container, pod, server, all}) {
      each.close();
    }
    network.close();
  }
}
