// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Takes one connection on a port, reads it to its end, answers with the number of bytes: TcpSink
 * PORT.
 */
final class TcpSink {
  private static final int BUFFER_BYTES = 1 << 20;

  private TcpSink() {}

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    try (ServerSocketChannel server =
        ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", port))) {
      System.out.println("listening");
      try (SocketChannel client = server.accept()) {
        long bytes = readAll(client);
        client.write(ByteBuffer.allocate(Long.BYTES).putLong(0, bytes));
      }
    }
  }

  private static long readAll(SocketChannel client) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    long bytes = 0;
    for (int read = 0; read >= 0; read = client.read(buffer)) {
      bytes += read;
      buffer.clear();
    }
    return bytes;
  }
}
