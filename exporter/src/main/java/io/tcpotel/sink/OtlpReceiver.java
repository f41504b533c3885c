// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * An OTLP/gRPC receiver: listens from start to close, hands each request to its handler, answers,
 * and counts. One daemon thread does the network; {@link #close} lets calls in flight finish for a
 * moment. Thread-safe.
 */
public final class OtlpReceiver implements AutoCloseable {
  /** Large enough for what any exporter sends; gRPC's own 4 MiB are not. */
  public static final int DEFAULT_MAX_MESSAGE_BYTES = 64 << 20;

  private static final long GRACE_MS = 2_000;
  private static final long ABORT_MS = 500;

  // What a client does wrong is answered, and no news here, least of all with a stack trace. Held,
  // since java.util.logging forgets the level of a logger that nobody holds.
  private static final Logger TRANSPORT_LOG = Logger.getLogger("io.grpc.netty");

  static {
    // Netty would look through all network interfaces for a number that nobody reads, and complain
    // where only the loopback is.
    System.setProperty("io.netty.machineId", "00:00:00:00:00:00:00:01");
    TRANSPORT_LOG.setLevel(Level.SEVERE);
  }

  private final Tally tally = new Tally();
  private final BodyHandler handler;
  private final EventLoopGroup network =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("otlp-receiver", true), NioIoHandler.newFactory());
  private final Server server;

  private OtlpReceiver(
      InetSocketAddress address, int maxMessageBytes, BodyHandler handler, Executor executor)
      throws IOException {
    this.handler = handler;
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(address)
            .bossEventLoopGroup(network)
            .workerEventLoopGroup(network)
            .channelType(NioServerSocketChannel.class)
            .executor(executor)
            .maxInboundMessageSize(maxMessageBytes)
            // Whoever pings a sink often is no attacker, and must not be told to calm down.
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true);
    for (Signal signal : Signal.values()) {
      builder.addService(service(signal));
    }
    server = builder.build();
    try {
      server.start();
    } catch (IOException e) {
      network.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw e;
    }
  }

  /** Hands over parsed requests, each on a virtual thread of its own. */
  public static OtlpReceiver start(
      InetSocketAddress address, int maxMessageBytes, RequestHandler handler) throws IOException {
    Executor perRequest = task -> Thread.ofVirtual().name("otlp-request").start(task);
    return new OtlpReceiver(address, maxMessageBytes, handler.parsing(), perRequest);
  }

  /** Hands over bodies, on the network thread: the handler must not block. */
  public static OtlpReceiver startRaw(
      InetSocketAddress address, int maxMessageBytes, BodyHandler handler) throws IOException {
    return new OtlpReceiver(address, maxMessageBytes, handler, Runnable::run);
  }

  /** Accepts everything well formed, and only counts it. */
  public static OtlpReceiver startCounting(InetSocketAddress address, int maxMessageBytes)
      throws IOException {
    return startRaw(address, maxMessageBytes, (signal, body) -> BodyHandler.ACCEPTED);
  }

  /** The port it listens on, the real one also when port 0 was asked for. */
  public int port() {
    return server.getPort();
  }

  /** What has come in so far; final once closed. */
  public Totals totals() {
    return tally.totals();
  }

  /**
   * Stops accepting, waits at most two seconds for calls in flight, and breaks off what is left.
   */
  @Override
  public void close() {
    server.shutdown();
    try {
      if (!server.awaitTermination(GRACE_MS, TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(ABORT_MS, TimeUnit.MILLISECONDS);
      }
      network.shutdownGracefully(0, ABORT_MS, TimeUnit.MILLISECONDS).await(ABORT_MS);
    } catch (InterruptedException e) {
      server.shutdownNow();
      network.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
      Thread.currentThread().interrupt();
    }
  }

  private ServerServiceDefinition service(Signal signal) {
    MethodDescriptor<Body, byte[]> method =
        signal.exportMethod().toBuilder(new Body.Marshaller(), new BytesMarshaller()).build();
    return ServerServiceDefinition.builder(method.getServiceName())
        .addMethod(
            method, ServerCalls.asyncUnaryCall((body, answer) -> onCall(signal, body, answer)))
        .build();
  }

  private void onCall(Signal signal, Body body, StreamObserver<byte[]> answer) {
    // With it, answering a call that its client has given up is no error.
    ((ServerCallStreamObserver<byte[]>) answer).setOnCancelHandler(() -> {});
    byte[] response;
    try {
      byte[] bytes = body.bytes();
      long records = RecordCount.of(signal, bytes);
      response = handler.onBody(signal, bytes);
      tally.onAccepted(signal, records, bytes.length);
    } catch (InvalidProtocolBufferException e) {
      tally.onMalformed();
      answer.onError(
          Status.INVALID_ARGUMENT
              .withDescription("malformed request: " + e.getMessage())
              .asRuntimeException());
      return;
    } catch (StatusRuntimeException e) {
      answer.onError(e);
      return;
    }
    if (Context.current().isCancelled()) {
      return; // broken off meanwhile: nobody is there to hear it
    }
    answer.onNext(response);
    answer.onCompleted();
  }
}
