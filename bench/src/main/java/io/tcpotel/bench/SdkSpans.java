// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.sdk.trace.IdGenerator;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.PairIds;
import io.tcpotel.telemetry.Scope;
import java.util.concurrent.TimeUnit;

/** The same spans by the SDK's API: tracer, batch processor, OTLP exporter. One thread uses it. */
final class SdkSpans implements AutoCloseable {
  private final Ids ids = new Ids();
  private final ArrivedSpans arrived;
  private final SdkTracerProvider provider;
  private final Tracer tracer;

  SdkSpans(String endpoint, ComponentLoader senders, int queueSpans) {
    arrived =
        new ArrivedSpans(
            OtlpGrpcSpanExporter.builder()
                .setEndpoint(endpoint)
                .setComponentLoader(senders)
                .build());
    provider =
        SdkTracerProvider.builder()
            .setIdGenerator(ids)
            .addSpanProcessor(
                BatchSpanProcessor.builder(arrived).setMaxQueueSize(queueSpans).build())
            .build();
    tracer = provider.get(Scope.CONNECTIONS);
  }

  /** Gives the span of an end to the processor; returns the context that has its ids. */
  Context emit(ConnectionRecord end, ErrorType error, Attributes attributes, long timeNs) {
    ConnectionRole role = ConnectionRole.of(end);
    ids.pair.take(end);
    Span span =
        tracer
            .spanBuilder("tcp connection " + role.serverPort(end))
            .setParent(parent())
            .setSpanKind(role == ConnectionRole.SERVER ? SpanKind.SERVER : SpanKind.CLIENT)
            .setStartTimestamp(timeNs - end.durationNs(), TimeUnit.NANOSECONDS)
            .setAllAttributes(attributes)
            .startSpan();
    if (error != null) {
      span.setStatus(StatusCode.ERROR);
    }
    span.end(timeNs, TimeUnit.NANOSECONDS);
    return Context.root().with(span);
  }

  private Context parent() {
    if (ids.pair.parentSpanId() == 0) {
      return Context.root();
    }
    SpanContext client =
        SpanContext.createFromRemoteParent(
            ids.generateTraceId(),
            SpanId.fromLong(ids.pair.parentSpanId()),
            TraceFlags.getSampled(),
            TraceState.getDefault());
    return Context.root().with(Span.wrap(client));
  }

  /** Spans that have arrived. */
  long arrived() {
    return arrived.count();
  }

  boolean flush(long seconds) {
    return provider.forceFlush().join(seconds, TimeUnit.SECONDS).isSuccess();
  }

  @Override
  public void close() {
    provider.close();
  }

  private static final class Ids implements IdGenerator {
    private final PairIds pair = new PairIds();

    @Override
    public String generateTraceId() {
      return TraceId.fromLongs(pair.traceIdHigh(), pair.traceIdLow());
    }

    @Override
    public String generateSpanId() {
      return SpanId.fromLong(pair.spanId());
    }
  }
}
