// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

/**
 * A connection with both of its ends in this process, on an ephemeral port; its listener is gone.
 */
public record SocketPair(TestSocket client, TestSocket server) implements AutoCloseable {

  /** Over 127.0.0.1, ::1, or ::ffff:127.0.0.1, which takes two sockets of AF_INET6. */
  public static SocketPair over(String address) {
    Endpoint endpoint = Endpoint.of(address, 0);
    TestSocket client = TestSocket.like(endpoint);
    try (TestSocket listener = TestSocket.listening(endpoint)) {
      client.connect(listener.localEndpoint());
      return new SocketPair(client, listener.accept());
    } catch (PosixException e) {
      client.close();
      throw e;
    }
  }

  /** Ends it by FIN both ways, the client first; returns once the client has the server's FIN. */
  public void finish() {
    client.shutdownWrite();
    server.receiveToEnd();
    server.close();
    client.receiveToEnd();
    client.close();
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
