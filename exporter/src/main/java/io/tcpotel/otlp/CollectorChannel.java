// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.NameResolverRegistry;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;

/** The one HTTP/2 connection to a collector, for all signals that go there, with one thread. */
public final class CollectorChannel implements AutoCloseable {
  private static final long CLOSE_LIMIT_MS = 1000;

  // The senders report failures, without a stack trace. The field keeps the logger: the logging
  // system holds loggers weakly.
  private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

  static {
    GRPC_LOG.setLevel(Level.OFF);
    // Without it, netty scans all network interfaces for a number that nothing here reads.
    System.setProperty("io.netty.machineId", "00:00:00:00:00:00:00:01");
    System.setProperty("io.netty.leakDetection.level", "disabled"); // its classes take memory
    NameResolverRegistry.getDefaultRegistry().register(new CollectorResolver.Provider());
  }

  /**
   * Pages of 8 KiB in chunks of 256 KiB, one arena for the one thread: netty's default begins with
   * 4 MiB. A larger buffer, as that of a request, is allocated separately and freed once it is
   * written, so that none is kept for requests to come.
   */
  static final PooledByteBufAllocator BUFFERS =
      new PooledByteBufAllocator(true, 0, 1, 8 << 10, 5, 0, 0, false);

  private final CollectorAddress address;
  private final EventLoopGroup eventLoop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("tcpotel-collector", true), NioIoHandler.newFactory());
  private final NettyChannelBuilder builder;
  private volatile ManagedChannel channel;

  /**
   * Begins to connect.
   *
   * @param trust null for the JDK's
   */
  public CollectorChannel(CollectorAddress address, SSLContext trust, Duration connectTimeout) {
    this(address, trust == null ? null : () -> trust, connectTimeout);
  }

  /**
   * Begins to connect.
   *
   * @param tls null for the JDK's; called for each new connection
   */
  CollectorChannel(CollectorAddress address, Supplier<SSLContext> tls, Duration connectTimeout) {
    this.address = address;
    this.builder =
        NettyChannelBuilder.forTarget(CollectorResolver.target(address))
            .eventLoopGroup(eventLoop)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .disableRetry() // CollectorSender retries, and counts
            .disableServiceConfigLookUp()
            .maxTraceEvents(0)
            .withOption(ChannelOption.ALLOCATOR, BUFFERS)
            .withOption(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(connectTimeout.toMillis()));
    if (address.isPlainText()) {
      builder.usePlaintext();
    } else if (tls != null) {
      builder.sslContext(new ConnectionTls(tls));
    }
    this.channel = builder.build();
    channel.getState(true); // connects now, not at the first request
  }

  CollectorAddress endpoint() {
    return address;
  }

  /** A new call, which {@code answer} observes; {@code gzip} compresses its request. */
  ClientCall<MessageWriter, byte[]> newCall(
      MethodDescriptor<MessageWriter, byte[]> method,
      long timeoutMs,
      boolean gzip,
      CollectorAnswer answer) {
    CallOptions options =
        CallOptions.DEFAULT
            .withDeadlineAfter(timeoutMs, TimeUnit.MILLISECONDS)
            .withStreamTracerFactory(answer.observer());
    return channel.newCall(method, gzip ? options.withCompression("gzip") : options);
  }

  /** Runs {@code task} on the channel's thread, soon; not at all once this is closed. */
  void execute(Runnable task) {
    try {
      eventLoop.execute(task);
    } catch (RejectedExecutionException e) {
      GRPC_LOG.log(Level.FINE, "closed", e);
    }
  }

  /** Runs {@code task} later, on the channel's thread; not at all once this is closed. */
  void schedule(Runnable task, long delayMs) {
    try {
      eventLoop.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      GRPC_LOG.log(Level.FINE, "closed", e);
    }
  }

  /**
   * Tries to connect at the next call, even if gRPC's own backoff, up to two minutes, is not over.
   */
  void connectSoon() {
    channel.resetConnectBackoff();
  }

  /**
   * Leaves the connection to what is under way on it; the next call looks the name up again and
   * makes a new one. For a server that no longer answers: the kernel itself takes a quarter of an
   * hour to give up a connection whose other end is gone without a word.
   */
  void connectAnew() {
    channel.enterIdle();
  }

  /**
   * Replaces gRPC's channel, which takes no calls any more: an exception on one of its threads has
   * ended it.
   */
  void renew() {
    channel.shutdownNow();
    channel = builder.build();
  }

  /**
   * Waits until the connection is closed. During a handshake another thread computes for TLS, and
   * the channel's thread closes the connection only after that. If it ended before, the connection
   * would stay open, and a Collector that is told to end waits two minutes for a handshake.
   */
  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    eventLoop.shutdownGracefully(0, CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS);
  }
}
