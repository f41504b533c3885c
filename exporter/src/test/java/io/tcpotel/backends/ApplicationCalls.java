// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.tcpotel.testing.Await;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** Spans of calls, as two applications send them. */
final class ApplicationCalls {
  private ApplicationCalls() {}

  /** Returns when the Collector has the two spans of each call. */
  static void send(int times, String client, String server, int collectorPort) {
    ExportTraceServiceRequest.Builder request = ExportTraceServiceRequest.newBuilder();
    for (int i = 1; i <= times; i++) {
      ByteString trace = ByteString.copyFrom(ByteBuffer.allocate(16).putLong(i).putLong(i).flip());
      Span.Builder called = span(trace, id(2 * i)).setKind(Span.SpanKind.SPAN_KIND_CLIENT);
      Span.Builder served =
          span(trace, id(2 * i + 1))
              .setKind(Span.SpanKind.SPAN_KIND_SERVER)
              .setParentSpanId(called.getSpanId());
      request.addResourceSpans(of(client, called)).addResourceSpans(of(server, served));
    }
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", collectorPort).usePlaintext().build();
    try {
      CallOptions options =
          CallOptions.DEFAULT.withDeadlineAfter(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
      ClientCalls.blockingUnaryCall(
          channel, TraceServiceGrpc.getExportMethod(), options, request.build());
    } finally {
      channel.shutdownNow();
    }
  }

  private static ByteString id(long id) {
    return ByteString.copyFrom(ByteBuffer.allocate(Long.BYTES).putLong(id).flip());
  }

  private static Span.Builder span(ByteString trace, ByteString id) {
    long nowNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    return Span.newBuilder()
        .setTraceId(trace)
        .setSpanId(id)
        .setName("GET /")
        .setStartTimeUnixNano(nowNs - 1_000)
        .setEndTimeUnixNano(nowNs);
  }

  private static ResourceSpans of(String service, Span.Builder span) {
    ResourceSpans.Builder spans = ResourceSpans.newBuilder();
    spans
        .getResourceBuilder()
        .addAttributes(
            KeyValue.newBuilder()
                .setKey("service.name")
                .setValue(AnyValue.newBuilder().setStringValue(service)));
    spans
        .addScopeSpansBuilder()
        .setScope(InstrumentationScope.newBuilder().setName("http"))
        .addSpans(span);
    return spans.build();
  }
}
