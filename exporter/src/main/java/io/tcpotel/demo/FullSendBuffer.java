// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * A client whose send buffer holds one of its large requests: it waits for room, and room comes
 * only with an acknowledgement, which the server delays, since it answers no large request.
 *
 * <p>The kernel counts such a wait only from a segment on that it sends while somebody waits for
 * room (tcp_cwnd_validate() in net/ipv4/tcp_output.c). So a small request goes first: Nagle's
 * algorithm holds the large one back until the small one is acknowledged, which its answer does a
 * little later. By then the client waits: a poll for room tells the kernel so (tcp_poll() in
 * net/ipv4/tcp.c), as a write that blocks would.
 */
final class FullSendBuffer implements AutoCloseable {
  /** The kernel takes it twice, and counts its own overhead. */
  private static final int SEND_BUFFER_BYTES = 4096;

  private static final int SMALL_BYTES = 100;

  /** More than two thirds of the buffer, so that there is no room; less than a segment. */
  private static final int LARGE_BYTES = 12_000;

  /** Longer than the client takes to write the large request, shorter than a delayed ACK. */
  private static final int ANSWER_AFTER_MS = 20;

  private static final int TURNS = 15;

  private final ByteBuffer answers = ByteBuffer.allocate(TURNS);
  private final SocketChannel channel;
  private final Selector selector;

  private FullSendBuffer(SocketChannel channel) throws IOException {
    this.channel = channel;
    this.selector = Selector.open();
  }

  static FullSendBuffer connect(InetSocketAddress server) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
      channel.connect(server);
      channel.configureBlocking(false);
      return new FullSendBuffer(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  void run() throws IOException {
    SelectionKey key = channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
    for (int turn = 1; turn <= TURNS; turn++) {
      write(TrafficServer.request(ANSWER_AFTER_MS, 1, SMALL_BYTES));
      write(TrafficServer.request(0, 0, LARGE_BYTES));
      do {
        selector.selectedKeys().clear();
        selector.select();
        if (key.isReadable() && channel.read(answers) < 0) {
          throw new IOException("the server has closed");
        }
      } while (!key.isWritable() || answers.position() < turn);
    }
  }

  /** There is room for the first byte, and where one segment takes them all, for all. */
  private void write(byte[] request) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(request);
    while (bytes.hasRemaining()) {
      if (channel.write(bytes) == 0) {
        selector.selectedKeys().clear();
        selector.select();
      }
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
