// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.KnownConnection.Closer;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Both sockets of a connection, and what is known about it. */
record LiveConnection(TestSocket client, TestSocket server, KnownConnection known) {

  /** A request and its answer. */
  LiveConnection exchange(int requestBytes, int answerBytes) {
    client.sendAll(requestBytes);
    server.receiveExactly(requestBytes);
    server.sendAll(answerBytes);
    client.receiveExactly(answerBytes);
    known.carry(requestBytes, answerBytes);
    return this;
  }

  /** The client sends while the server does {@code reading} of as many bytes. */
  LiveConnection send(int bytes, Runnable sending, Runnable reading) {
    CompletableFuture<Void> sent = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                sending.run();
                sent.complete(null);
              } catch (RuntimeException e) {
                sent.completeExceptionally(e);
              }
            });
    reading.run();
    sent.orTimeout(Await.LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    known.carry(bytes, 0);
    awaitAcknowledged();
    return this;
  }

  LiveConnection awaitAcknowledged() {
    Await.until("acknowledged", () -> client.tcpInfo().unackedSegments() == 0);
    return this;
  }

  /** Ends it well, the client first. */
  void finish() {
    known.leave(client.tcpInfo(), Closer.CLIENT);
    new SocketPair(client, server).finish();
    known.end("", "");
  }

  /** Ends it well, the server first. */
  void finishByServer() {
    known.leave(client.tcpInfo(), Closer.SERVER);
    new SocketPair(server, client).finish();
    known.end("", "");
  }

  /** The server has had enough. */
  void resetByServer() {
    known.leave(client.tcpInfo(), Closer.NOBODY);
    server.reset();
    awaitReset(client);
    known.end("connection_reset", "connection_aborted");
  }

  /** The client has had enough. */
  void resetByClient() {
    known.leave(client.tcpInfo(), Closer.NOBODY);
    client.reset();
    awaitReset(server);
    known.end("connection_aborted", "connection_reset");
  }

  private static void awaitReset(TestSocket socket) {
    Await.until("reset", () -> socket.tcpInfo().state() == TcpInfo.CLOSE);
    socket.close();
  }
}
