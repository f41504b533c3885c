// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Connections over loopback, as many as go or at a rate: 200 bytes up, 1,000 down, the client closes. Prints how many and how
 * long. Usage: java Load.java CONNECTIONS [PER_SECOND]
 */
public final class Load {
  private static final int CLIENTS = 4;
  private static final int REQUEST_BYTES = 200;
  private static final int ANSWER_BYTES = 1000;

  /** Addresses to go to: each has ephemeral ports of its own, which stay taken for a minute. */
  private static final int ADDRESSES = 64;

  private Load() {}

  public static void main(String[] arguments) throws Exception {
    long connections = Long.parseLong(arguments[0]);
    long perSecond = arguments.length > 1 ? Long.parseLong(arguments[1]) : 0;
    ServerSocket server = new ServerSocket();
    server.bind(new InetSocketAddress("0.0.0.0", 0), 1024);
    for (int i = 0; i < CLIENTS; i++) {
      Thread.ofPlatform().daemon().start(() -> serve(server));
    }
    AtomicLong next = new AtomicLong();
    long beganNs = System.nanoTime();
    Thread[] clients = new Thread[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
      clients[i] =
          Thread.ofPlatform()
              .start(() -> request(server.getLocalPort(), next, connections, perSecond, beganNs));
    }
    for (Thread client : clients) {
      client.join();
    }
    System.out.printf("%d %d%n", connections, (System.nanoTime() - beganNs) / 1_000_000);
  }

  private static void serve(ServerSocket server) {
    byte[] buffer = new byte[ANSWER_BYTES];
    while (true) {
      try (Socket socket = server.accept()) {
        InputStream in = socket.getInputStream();
        in.readNBytes(buffer, 0, REQUEST_BYTES);
        socket.getOutputStream().write(buffer);
        in.read();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void request(
      int port, AtomicLong next, long connections, long perSecond, long beganNs) {
    byte[] buffer = new byte[ANSWER_BYTES];
    for (long i = next.getAndIncrement(); i < connections; i = next.getAndIncrement()) {
      byte[] address = {127, 0, 1, (byte) (1 + i % ADDRESSES)};
      try (Socket socket = new Socket(InetAddress.getByAddress(address), port)) {
        socket.getOutputStream().write(buffer, 0, REQUEST_BYTES);
        socket.getInputStream().readNBytes(buffer, 0, ANSWER_BYTES);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      if (perSecond > 0) {
        long waitNs = beganNs + i * 1_000_000_000 / perSecond - System.nanoTime();
        java.util.concurrent.locks.LockSupport.parkNanos(waitNs);
      }
    }
  }
}
