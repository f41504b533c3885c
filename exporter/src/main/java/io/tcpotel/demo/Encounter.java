// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;

/** The ways in which the demo's client meets its server. */
enum Encounter {
  /** A small exchange, answered at once. */
  FAST,
  /** A small exchange whose answer takes its time. */
  SLOW,
  /** A few megabytes of answer. */
  LARGE,
  /** Likewise, and the client lets the server wait before it reads. */
  UNREAD,
  /** A connect that nobody listens for. */
  REFUSED,
  /** A client that resets the connection instead of closing it. */
  RESET;

  private static final int CONNECT_TIMEOUT_MS = 5000;
  private static final int RESET_AFTER_MS = 20;
  private static final int READ_AFTER_MS = 600;

  /** More than the buffers of both ends of a loopback take. */
  private static final int UNREAD_BYTES = 16 << 20;

  /** In the order of their turn, so that even a short demo has them all. */
  static Encounter[] mix() {
    return new Encounter[] {FAST, REFUSED, SLOW, UNREAD, RESET, LARGE, FAST, SLOW};
  }

  /** Meets {@code server}; a wait for an answer ends within {@code leftMs}. */
  void run(TrafficServer server, long leftMs) {
    int port = this == REFUSED ? server.closedPort() : server.openPort();
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(server.address(), port), CONNECT_TIMEOUT_MS);
      talk(socket, leftMs);
    } catch (IOException | InterruptedException e) {
      // Refused, as it should be; or the demo has ended.
    }
  }

  private void talk(Socket socket, long leftMs) throws IOException, InterruptedException {
    int delayMs = this == SLOW ? (int) Math.min(between(100, 2000), leftMs) : 0;
    int answerBytes = answerBytes();
    int requestBytes = between(20, 2000);
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    byte[] request = new byte[requestBytes];
    java.nio.ByteBuffer head = java.nio.ByteBuffer.allocate(TrafficServer.REQUEST_BYTES);
    head.putInt(delayMs).putInt(answerBytes).putInt(requestBytes);
    out.write(head.array());
    out.write(request);
    if (this == RESET) {
      Thread.sleep(RESET_AFTER_MS);
      socket.setSoLinger(true, 0);
    } else {
      Thread.sleep(this == UNREAD ? Math.min(READ_AFTER_MS, leftMs) : 0);
      socket.getInputStream().skipNBytes(answerBytes);
    }
  }

  private int answerBytes() {
    return switch (this) {
      case LARGE -> between(1 << 20, 6 << 20);
      case UNREAD -> UNREAD_BYTES;
      default -> between(100, 20_000);
    };
  }

  private static int between(int least, int bound) {
    return ThreadLocalRandom.current().nextInt(least, bound);
  }
}
