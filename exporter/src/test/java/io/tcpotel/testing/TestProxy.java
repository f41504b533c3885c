// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands between a client and a server on the loopback, and does to the first connection what
 * networks do; the later ones it leaves in peace.
 */
public final class TestProxy implements AutoCloseable {
  /** What happens to the first connection when the client has sent so many bytes. */
  public enum Fate {
    /** It is closed, by both ends. */
    CUT,
    /** Nothing comes through any more, and nobody is told. */
    SWALLOWED
  }

  private final ServerSocket listener;
  private final int serverPort;
  private final Fate fate;
  private final long bytes;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();

  private TestProxy(ServerSocket listener, int serverPort, Fate fate, long bytes) {
    this.listener = listener;
    this.serverPort = serverPort;
    this.fate = fate;
    this.bytes = bytes;
  }

  /** In front of {@code endpoint}, an URL with a port. */
  public static TestProxy start(String endpoint, Fate fate, long bytes) {
    int port = java.net.URI.create(endpoint).getPort();
    try {
      ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      TestProxy proxy = new TestProxy(listener, port, fate, bytes);
      Thread.ofVirtual().start(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String endpoint() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** How many connections there were. */
  public int connections() {
    return sockets.size() / 2;
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        boolean isFirst = sockets.isEmpty();
        sockets.addAll(List.of(client, server));
        boolean[] swallowed = new boolean[1];
        Thread.ofVirtual()
            .start(() -> forward(client, server, isFirst ? bytes : Long.MAX_VALUE, swallowed));
        Thread.ofVirtual().start(() -> forward(server, client, Long.MAX_VALUE, swallowed));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void forward(Socket from, Socket to, long limit, boolean[] swallowed) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[4096];
      long sent = 0;
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sent += read;
        if (sent > limit && fate == Fate.CUT) {
          break;
        }
        swallowed[0] |= sent > limit;
        if (!swallowed[0]) {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // the other end is gone
    }
    if (!swallowed[0]) {
      close(from);
      close(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    sockets.forEach(TestProxy::close);
  }
}
