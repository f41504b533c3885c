// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import java.util.concurrent.TimeUnit;

/** Sends to a receiver on loopback over real gRPC, with the published stubs; each call blocks. */
final class OtlpSender implements AutoCloseable {
  private final ManagedChannel channel;
  private final CallOptions options;

  private OtlpSender(ManagedChannel channel, CallOptions options) {
    this.channel = channel;
    this.options = options;
  }

  static OtlpSender to(int port) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    return new OtlpSender(
        channel, CallOptions.DEFAULT.withDeadlineAfter(Await.LIMIT.toSeconds(), TimeUnit.SECONDS));
  }

  OtlpSender compressed() {
    return new OtlpSender(channel, options.withCompression("gzip"));
  }

  OtlpSender within(long deadlineMs) {
    return new OtlpSender(channel, options.withDeadlineAfter(deadlineMs, TimeUnit.MILLISECONDS));
  }

  void send(ExportLogsServiceRequest request) {
    ClientCalls.blockingUnaryCall(channel, LogsServiceGrpc.getExportMethod(), options, request);
  }

  void send(ExportMetricsServiceRequest request) {
    ClientCalls.blockingUnaryCall(channel, MetricsServiceGrpc.getExportMethod(), options, request);
  }

  void send(ExportTraceServiceRequest request) {
    ClientCalls.blockingUnaryCall(channel, TraceServiceGrpc.getExportMethod(), options, request);
  }

  byte[] sendBody(Signal signal, byte[] body) {
    BytesMarshaller bytes = new BytesMarshaller();
    MethodDescriptor<byte[], byte[]> method =
        OtlpReceiver.exportMethod(signal).toBuilder(bytes, bytes).build();
    return ClientCalls.blockingUnaryCall(channel, method, options, body);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
