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
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.tcpotel.telemetry.Signal;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * An OTLP/gRPC receiver: listens from start to close, passes each request to its handler, answers
 * and counts it. One daemon thread serves the network; {@link #close} waits a moment for calls in
 * flight. Thread-safe.
 */
public final class OtlpReceiver implements AutoCloseable {
  /** Enough for every known exporter, unlike gRPC's default of 4 MiB. */
  public static final int DEFAULT_MAX_MESSAGE_BYTES = 64 << 20;

  /** The response message that accepts everything. */
  private static final byte[] ACCEPTED = {};

  private static final long GRACE_MS = 2_000;
  private static final long ABORT_MS = 500;

  // Errors of clients are answered, not logged with a stack trace. A field, because
  // java.util.logging forgets the level of a logger without references.
  private static final Logger TRANSPORT_LOG = Logger.getLogger("io.grpc.netty");

  static {
    // Otherwise Netty searches all network interfaces for an unused number, and warns if there is
    // only loopback.
    System.setProperty("io.netty.machineId", "00:00:00:00:00:00:00:01");
    TRANSPORT_LOG.setLevel(Level.SEVERE);
  }

  private final AtomicReference<Totals> totals = new AtomicReference<>(Totals.NONE);
  private final BodyHandler handler;
  private final EventLoopGroup network =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("otlp-receiver", true), NioIoHandler.newFactory());
  private final Server server;

  /** Takes requests as encoded bytes, decompressed; from any number of threads. */
  @FunctionalInterface
  public interface BodyHandler {
    /** Throws an {@link InvalidProtocolBufferException} if the body is malformed. */
    void onBody(Signal signal, byte[] body) throws InvalidProtocolBufferException;
  }

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
            // gRPC's defaults treat frequent pings as an attack (ENHANCE_YOUR_CALM).
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

  /** Passes parsed requests to {@code handler}, each on a virtual thread of its own. */
  public static OtlpReceiver start(
      InetSocketAddress address, int maxMessageBytes, RequestHandler handler) throws IOException {
    Executor perRequest = task -> Thread.ofVirtual().name("otlp-request").start(task);
    return new OtlpReceiver(address, maxMessageBytes, handler::onBody, perRequest);
  }

  /** Passes bodies to {@code handler} on the network thread: it must not block. */
  public static OtlpReceiver startRaw(
      InetSocketAddress address, int maxMessageBytes, BodyHandler handler) throws IOException {
    return new OtlpReceiver(address, maxMessageBytes, handler, Runnable::run);
  }

  /** Only counts: accepts every well-formed request. */
  public static OtlpReceiver startCounting(InetSocketAddress address, int maxMessageBytes)
      throws IOException {
    return startRaw(address, maxMessageBytes, (signal, body) -> {});
  }

  /** The real port, also if port 0 was asked for. */
  public int port() {
    return server.getPort();
  }

  /** The totals so far; final after {@link #close}. */
  public Totals totals() {
    return totals.get();
  }

  /** Stops accepting, waits at most two seconds for calls in flight, and cancels the rest. */
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

  /** OTLP has one service with one method for each signal. */
  static MethodDescriptor<?, ?> exportMethod(Signal signal) {
    return switch (signal) {
      case LOGS -> LogsServiceGrpc.getExportMethod();
      case METRICS -> MetricsServiceGrpc.getExportMethod();
      case TRACES -> TraceServiceGrpc.getExportMethod();
    };
  }

  private ServerServiceDefinition service(Signal signal) {
    MethodDescriptor<Body, byte[]> method =
        exportMethod(signal).toBuilder(new Body.Marshaller(), new BytesMarshaller()).build();
    return ServerServiceDefinition.builder(method.getServiceName())
        .addMethod(
            method, ServerCalls.asyncUnaryCall((body, answer) -> onCall(signal, body, answer)))
        .build();
  }

  private void onCall(Signal signal, Body body, StreamObserver<byte[]> answer) {
    // With a cancel handler, gRPC does not throw when this answers a cancelled call.
    ((ServerCallStreamObserver<byte[]>) answer).setOnCancelHandler(() -> {});
    try {
      byte[] bytes = body.bytes();
      long records = RecordCount.of(signal, bytes);
      handler.onBody(signal, bytes);
      totals.updateAndGet(before -> before.plus(signal, records, bytes.length));
    } catch (InvalidProtocolBufferException e) {
      totals.updateAndGet(Totals::plusMalformed);
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
      return; // cancelled by the client meanwhile
    }
    answer.onNext(ACCEPTED);
    answer.onCompleted();
  }
}
