// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestSocket;

/** Both sockets of a connection, and what is known about it. */
record LiveConnection(TestSocket client, TestSocket server, KnownConnection known)
    implements AutoCloseable {

  /** A request and its answer. */
  LiveConnection exchange(int requestBytes, int answerBytes) {
    client.sendAll(requestBytes);
    server.receiveExactly(requestBytes);
    server.sendAll(answerBytes);
    client.receiveExactly(answerBytes);
    known.carry(requestBytes, answerBytes);
    return this;
  }

  /** Ends it well, the client first. */
  void finish() {
    known.leave(client.tcpInfo().rttUs());
    new SocketPair(client, server).finish();
    known.end("", "");
  }

  /** Ends it well, the server first. */
  void finishByServer() {
    known.leave(client.tcpInfo().rttUs());
    new SocketPair(server, client).finish();
    known.end("", "");
  }

  /** The server has had enough. */
  void resetByServer() {
    known.leave(client.tcpInfo().rttUs());
    server.reset();
    awaitReset(client);
    known.end("connection_reset", "connection_aborted");
  }

  /** The client has had enough. */
  void resetByClient() {
    known.leave(client.tcpInfo().rttUs());
    client.reset();
    awaitReset(server);
    known.end("connection_aborted", "connection_reset");
  }

  private static void awaitReset(TestSocket socket) {
    Await.until("reset", () -> socket.tcpInfo().state() == TcpInfo.CLOSE);
    socket.close();
  }

  /** Whatever becomes of it is not in the fleet's time. */
  @Override
  public void close() {
    client.close();
    server.close();
  }
}
