// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.telemetry.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Hands each request that it gets to several collectors, one after the other, and answers once all
 * have accepted it. Two exporters could not be compared so strictly: each reads clocks of its own.
 * Its connections are made in the namespace of the thread that starts it, and before that returns.
 */
public final class ExportFork implements AutoCloseable {
  private static final int MAX_MESSAGE_BYTES = 4 << 20;
  private static final long LIMIT_S = 20;

  // Threads of its own: those that gRPC shares may be of another namespace.
  private final EventLoopGroup network =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<ManagedChannel> collectors;
  private OtlpReceiver receiver;

  private ExportFork(int[] ports) {
    collectors = IntStream.of(ports).mapToObj(this::channel).toList();
  }

  private ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress(local(port))
        .eventLoopGroup(network)
        .channelType(NioSocketChannel.class)
        .directExecutor()
        .usePlaintext()
        .build();
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  /** To collectors on these ports of 127.0.0.1. */
  public static ExportFork start(int... ports) throws IOException {
    ExportFork fork = new ExportFork(ports);
    try {
      fork.export(ExportLogsServiceRequest.getDefaultInstance());
      fork.receiver = OtlpReceiver.startRaw(local(0), MAX_MESSAGE_BYTES, fork::forward);
      return fork;
    } catch (IOException | RuntimeException e) {
      fork.close();
      throw e;
    }
  }

  public int port() {
    return receiver.port();
  }

  /** Blocks the receiver's thread, so one request passes at a time. */
  private byte[] forward(Signal signal, byte[] body) throws InvalidProtocolBufferException {
    return switch (signal) {
      case LOGS -> export(ExportLogsServiceRequest.parseFrom(body)).toByteArray();
      case METRICS -> export(ExportMetricsServiceRequest.parseFrom(body)).toByteArray();
      case TRACES -> throw Status.UNIMPLEMENTED.asRuntimeException();
    };
  }

  private ExportLogsServiceResponse export(ExportLogsServiceRequest request) {
    ExportLogsServiceResponse last = null;
    for (Channel collector : collectors) {
      last =
          LogsServiceGrpc.newBlockingStub(collector)
              .withWaitForReady()
              .withDeadlineAfter(LIMIT_S, TimeUnit.SECONDS)
              .export(request);
    }
    return last;
  }

  private ExportMetricsServiceResponse export(ExportMetricsServiceRequest request) {
    ExportMetricsServiceResponse last = null;
    for (Channel collector : collectors) {
      last =
          MetricsServiceGrpc.newBlockingStub(collector)
              .withDeadlineAfter(LIMIT_S, TimeUnit.SECONDS)
              .export(request);
    }
    return last;
  }

  @Override
  public void close() {
    if (receiver != null) {
      receiver.close();
    }
    collectors.forEach(ManagedChannel::shutdownNow);
    network.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
  }
}
