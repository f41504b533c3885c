// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.PosixException;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;

/** A way through the router of a {@link TestNetwork}: which addresses and ports it translates. */
enum Way {
  PLAIN(7_000, 7_000),
  SOURCE(7_100, 7_100),
  DESTINATION(7_200, 8_200),
  BOTH(7_300, 8_300);

  private static final String VIRTUAL_V4 = "203.0.113.7";
  private static final String VIRTUAL_V6 = "2001:db8:7::7";

  private final int serverPort;
  private final int dialledPort;

  Way(int serverPort, int dialledPort) {
    this.serverPort = serverPort;
    this.dialledPort = dialledPort;
  }

  static void open(TestNetwork network) {
    network.translate(
        "ip daddr " + VIRTUAL_V4 + " tcp dport 8200 dnat ip to 198.18.2.2:7200",
        "ip daddr " + VIRTUAL_V4 + " tcp dport 8300 dnat ip to 198.18.2.2:7300",
        "ip6 daddr " + VIRTUAL_V6 + " tcp dport 8200 dnat ip6 to [2001:db8:2::2]:7200",
        "ip6 daddr " + VIRTUAL_V6 + " tcp dport 8300 dnat ip6 to [2001:db8:2::2]:7300");
    network.translateSources(
        "meta nfproto ipv4 tcp dport { 7100, 7300 } snat ip to 198.18.2.1:20000-29999",
        "meta nfproto ipv6 tcp dport { 7100, 7300 } snat ip6 to [2001:db8:2::1]:20000-29999");
  }

  boolean translatesSource() {
    return this == SOURCE || this == BOTH;
  }

  boolean translatesDestination() {
    return this == DESTINATION || this == BOTH;
  }

  /** A listener of the server, at which connections of this way arrive. */
  TestSocket listen(TestNetwork network, boolean v4) {
    Endpoint at = Endpoint.of(TestNetwork.serverAddress(v4), serverPort);
    return network.server().call(() -> TestSocket.listening(at));
  }

  /** A client's socket, connected. */
  TestSocket connect(TestNetwork network, boolean v4) {
    String virtual = v4 ? VIRTUAL_V4 : VIRTUAL_V6;
    String address = translatesDestination() ? virtual : TestNetwork.serverAddress(v4);
    Endpoint dialled = Endpoint.of(address, dialledPort);
    return network.client().call(() -> TestSocket.like(dialled).connect(dialled));
  }

  /** Both ends; the listener is gone. */
  SocketPair pair(TestNetwork network, boolean v4) {
    try (TestSocket listener = listen(network, v4)) {
      TestSocket client = connect(network, v4);
      try {
        return new SocketPair(client, listener.accept());
      } catch (PosixException e) {
        client.close();
        throw e;
      }
    }
  }
}
