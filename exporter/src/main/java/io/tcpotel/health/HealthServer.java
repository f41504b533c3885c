// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.health;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tcpotel.Failure;
import io.tcpotel.Setting;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.ReaderPulse;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Answers HTTP at {@code /livez} and {@code /readyz}, one request per connection, on one thread of
 * its own and in little memory, whatever is sent.
 */
public final class HealthServer implements AutoCloseable {
  static final int MOST_CONNECTIONS = 32;
  static final Duration LONGEST_CONNECTION = Duration.ofSeconds(5);

  private static final int READ_BYTES = 1024;
  private static final HttpDecoderConfig REQUESTS =
      new HttpDecoderConfig()
          .setMaxInitialLineLength(1024)
          .setMaxHeaderSize(8192)
          .setMaxChunkSize(READ_BYTES);

  private final EventLoopGroup thread =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("tcpotel-health", true), NioIoHandler.newFactory());
  private final Health health;
  private final OpenConnections connections;
  private int port;

  HealthServer(Health health, Duration longestConnection) {
    this.health = health;
    this.connections = new OpenConnections(MOST_CONNECTIONS, longestConnection);
  }

  /**
   * Tells at {@code address} how an agent does, and asks the collector, which else hears of it with
   * the first record only.
   */
  public static HealthServer start(
      InetSocketAddress address, CaptureLoop loop, ReaderPulse pulse, CollectorExport export) {
    HealthServer server = new HealthServer(Health.of(loop, pulse, export), LONGEST_CONNECTION);
    server.listen(address);
    export.ask();
    return server;
  }

  void listen(InetSocketAddress address) {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(thread)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, MOST_CONNECTIONS)
            .childOption(ChannelOption.ALLOCATOR, new UnpooledByteBufAllocator(false))
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
            .childHandler(new Connection())
            .bind(address)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      close();
      throw Failure.usage(
          Setting.HEALTH,
          "cannot listen at " + address + ": " + bound.cause().getMessage(),
          "stop the process that uses the port, or choose another address of this machine, with a"
              + " port of 1024 or more");
    }
    port = ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  private final class Connection extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel connection) {
      connections.add(connection);
      connection.pipeline().addLast(new HttpRequestDecoder(REQUESTS), new HealthAnswer(health));
    }
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    thread.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
