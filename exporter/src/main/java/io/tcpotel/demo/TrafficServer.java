// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;

/**
 * A server on a loopback address, and beside it a port that refuses: bound, so that nobody else can
 * listen there. A third one listens for few and accepts when it is told to. A request says how long
 * to wait and how much to answer.
 */
final class TrafficServer implements AutoCloseable {
  /** Delay in ms, bytes of the answer, bytes that follow the request. */
  static final int HEAD_BYTES = 3 * Integer.BYTES;

  /** Connections that the third port holds: one more than its backlog. */
  static final int ROOM_FOR_LATE = 2;

  private static final int CHUNK_BYTES = 64 << 10;

  /** Port 0 is any free one. */
  record Ports(int open, int closed, int late) {
    static final Ports ANY = new Ports(0, 0, 0);
  }

  /** What a client knows of a server. */
  record Place(InetAddress address, Ports ports) {}

  private final ServerSocket open = new ServerSocket();
  private final Socket closed = new Socket();
  private final ServerSocket late = new ServerSocket();

  private TrafficServer() throws IOException {}

  static TrafficServer start(InetAddress address, Ports ports) throws IOException {
    TrafficServer server = new TrafficServer();
    try {
      server.open.bind(new InetSocketAddress(address, ports.open));
      server.closed.bind(new InetSocketAddress(address, ports.closed));
      server.late.bind(new InetSocketAddress(address, ports.late), ROOM_FOR_LATE - 1);
    } catch (IOException e) {
      server.close();
      throw e;
    }
    Thread.ofVirtual().start(server::accept);
    return server;
  }

  Place place() {
    return new Place(
        open.getInetAddress(),
        new Ports(open.getLocalPort(), closed.getLocalPort(), late.getLocalPort()));
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

  /** Accepts and serves those that wait at the third port. */
  void acceptLate() {
    try {
      for (int i = 0; i < ROOM_FOR_LATE; i++) {
        Socket socket = late.accept();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (IOException e) {
      // Closed: the end.
    }
  }

  /** A request with so many bytes behind what it asks for. */
  static byte[] request(int delayMs, int answerBytes, int bodyBytes) {
    return ByteBuffer.allocate(HEAD_BYTES + bodyBytes)
        .putInt(delayMs)
        .putInt(answerBytes)
        .putInt(bodyBytes)
        .array();
  }

  /** Answers requests until the client closes. */
  private static void serve(Socket socket) {
    try (socket) {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        int delayMs = in.readInt();
        int answerBytes = in.readInt();
        in.skipNBytes(in.readInt());
        Thread.sleep(delayMs);
        send(socket.getOutputStream(), answerBytes);
      }
    } catch (IOException | InterruptedException e) {
      // Closed by the client, or reset, as some of them do.
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
    late.close();
  }
}
