// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A server on a loopback address, and beside it a port that refuses: bound, so that nobody else can
 * listen there. A request says how long to wait and how much to answer.
 */
final class TrafficServer implements AutoCloseable {
  /** Delay in ms, bytes of the answer, bytes that follow the request. */
  static final int REQUEST_BYTES = 3 * Integer.BYTES;

  private static final int CHUNK_BYTES = 64 << 10;

  private final ServerSocket open;
  private final Socket closed;

  private TrafficServer(ServerSocket open, Socket closed) {
    this.open = open;
    this.closed = closed;
  }

  /** Port 0 is any free one. */
  static TrafficServer start(InetAddress address, int openPort, int closedPort) throws IOException {
    ServerSocket open = new ServerSocket(openPort, 50, address);
    Socket closed = new Socket();
    try {
      closed.bind(new InetSocketAddress(address, closedPort));
    } catch (IOException e) {
      open.close();
      closed.close();
      throw e;
    }
    TrafficServer server = new TrafficServer(open, closed);
    Thread.ofVirtual().start(server::accept);
    return server;
  }

  InetAddress address() {
    return open.getInetAddress();
  }

  int openPort() {
    return open.getLocalPort();
  }

  int closedPort() {
    return closed.getLocalPort();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = open.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed: the end.
    }
  }

  private static void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int delayMs = in.readInt();
      int answerBytes = in.readInt();
      in.skipNBytes(in.readInt());
      Thread.sleep(delayMs);
      send(socket.getOutputStream(), answerBytes);
      in.read(); // until the client closes
    } catch (IOException | InterruptedException e) {
      // Reset by the client, as some of them do.
    }
  }

  static void send(OutputStream out, int bytes) throws IOException {
    byte[] chunk = new byte[Math.min(bytes, CHUNK_BYTES)];
    for (int left = bytes; left > 0; left -= chunk.length) {
      out.write(chunk, 0, Math.min(left, chunk.length));
    }
  }

  @Override
  public void close() throws IOException {
    open.close();
    closed.close();
  }
}
