// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
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
  /**
   * A dialogue in which each request is written in two parts: the second is sent when the first is
   * acknowledged (Nagle's algorithm), and the server delays that until it has something to say.
   */
  TWO_WRITES,
  /** A dialogue in which the client writes more than its send buffer holds. */
  FULL_BUFFER,
  /** Connections that the server accepts late, and one more, whose SYN it drops. */
  QUEUED,
  /** A connect that nobody listens for. */
  REFUSED,
  /** A client that resets the connection instead of closing it. */
  RESET;

  private static final int CONNECT_TIMEOUT_MS = 5000;
  private static final int RESET_AFTER_MS = 20;
  private static final int READ_AFTER_MS = 600;
  private static final int TURNS = 15;

  /** The SYN is sent again after a second. */
  private static final int GIVE_UP_AFTER_MS = 1300;

  /** More than the buffers of both ends of a loopback take. */
  private static final int UNREAD_BYTES = 16 << 20;

  /** In the order of their turn, so that even a short demo has them all. */
  static Encounter[] mix() {
    return new Encounter[] {
      FAST, REFUSED, SLOW, UNREAD, QUEUED, TWO_WRITES, FULL_BUFFER, RESET, LARGE, FAST, SLOW
    };
  }

  /**
   * Meets {@code server}; a wait for an answer ends within {@code leftMs}.
   *
   * @param acceptLate has the server's third port accept
   */
  void run(TrafficServer.Place server, Runnable acceptLate, long leftMs) {
    try {
      switch (this) {
        case QUEUED -> queue(server, acceptLate, leftMs);
        case FULL_BUFFER -> fillBuffer(server);
        default -> meet(server, leftMs);
      }
    } catch (IOException | InterruptedException e) {
      // Refused, as it should be; or the demo has ended.
    }
  }

  private void meet(TrafficServer.Place server, long leftMs)
      throws IOException, InterruptedException {
    TrafficServer.Ports ports = server.ports();
    int port = this == REFUSED ? ports.closed() : ports.open();
    try (Socket socket = connected(server, port, CONNECT_TIMEOUT_MS)) {
      talk(socket, leftMs);
    }
  }

  private static void fillBuffer(TrafficServer.Place server) throws IOException {
    InetSocketAddress open = new InetSocketAddress(server.address(), server.ports().open());
    try (FullSendBuffer client = FullSendBuffer.connect(open)) {
      client.run();
    }
  }

  private static Socket connected(TrafficServer.Place server, int port, int timeoutMs)
      throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(server.address(), port), timeoutMs);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Nobody else connects to the port: there is room for all but the last. */
  private void queue(TrafficServer.Place server, Runnable acceptLate, long leftMs)
      throws IOException {
    if (leftMs < GIVE_UP_AFTER_MS) {
      return;
    }
    List<Socket> waiting = new ArrayList<>();
    int port = server.ports().late();
    try {
      for (int i = 0; i < TrafficServer.ROOM_FOR_LATE; i++) {
        waiting.add(connected(server, port, GIVE_UP_AFTER_MS));
      }
      waiting.add(connected(server, port, GIVE_UP_AFTER_MS));
    } catch (SocketTimeoutException e) {
      acceptLate.run();
      for (Socket socket : waiting) {
        exchange(socket, 0, answerBytes());
      }
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  private static void exchange(Socket socket, int delayMs, int answerBytes) throws IOException {
    ask(socket, delayMs, answerBytes);
    socket.getInputStream().skipNBytes(answerBytes);
  }

  private static void ask(Socket socket, int delayMs, int answerBytes) throws IOException {
    byte[] request = TrafficServer.request(delayMs, answerBytes, between(20, 2000));
    int head = TrafficServer.HEAD_BYTES;
    socket.getOutputStream().write(request, 0, head);
    socket.getOutputStream().write(request, head, request.length - head);
  }

  private void talk(Socket socket, long leftMs) throws IOException, InterruptedException {
    switch (this) {
      case TWO_WRITES -> {
        for (int i = 0; i < TURNS; i++) {
          exchange(socket, 0, answerBytes());
        }
      }
      case SLOW -> exchange(socket, (int) Math.min(between(100, 2000), leftMs), answerBytes());
      case UNREAD -> {
        ask(socket, 0, UNREAD_BYTES);
        Thread.sleep(Math.min(READ_AFTER_MS, leftMs));
        socket.getInputStream().skipNBytes(UNREAD_BYTES);
      }
      case RESET -> {
        ask(socket, 0, answerBytes());
        Thread.sleep(RESET_AFTER_MS);
        socket.setSoLinger(true, 0);
      }
      default -> exchange(socket, 0, answerBytes());
    }
  }

  private int answerBytes() {
    return this == LARGE ? between(1 << 20, 6 << 20) : between(100, 20_000);
  }

  private static int between(int least, int bound) {
    return ThreadLocalRandom.current().nextInt(least, bound);
  }
}
