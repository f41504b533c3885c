// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.ScopeSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.trace.TestSpanData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.tcpotel.Release;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairIds;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The bytes of spans, against the exporter of the SDK, which knows nothing of this program. */
class SpanEncoderOracleTest {
  private static final Resource RESOURCE =
      Resource.create(
          Attributes.builder().put("service.name", "tcpotel").put("process.pid", 7L).build(),
          Scope.SCHEMA_URL);

  private static final InstrumentationScopeInfo SCOPE =
      InstrumentationScopeInfo.builder("io.tcpotel.tcp")
          .setVersion(Release.VERSION)
          .setSchemaUrl("https://opentelemetry.io/schemas/1.45.0")
          .build();

  private static final List<SpanKind> KINDS =
      List.of(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT);

  @Property(tries = 200)
  void bytesAreThoseOfTheSdksExporter(@ForAll("ends") List<RecordImage> images) {
    byte[] ours = EncodedSpans.request(RESOURCE, EncodedLogs.ALL, PeerNames.none(), images);
    byte[] theirs = throughTheSdk(images);
    assertThat(sorted(EncodedSpans.parse(ours))).isEqualTo(sorted(EncodedSpans.parse(theirs)));
    assertThat(EncodedSpans.parse(ours).getSerializedSize()).isEqualTo(ours.length);
  }

  @Provide
  Arbitrary<List<RecordImage>> ends() {
    return Arbitraries.randomValue(AnyRecord::end).list().ofMinSize(1).ofMaxSize(40);
  }

  private static byte[] throughTheSdk(List<RecordImage> images) {
    LogEncoderOracleTest.CapturingSender sender = new LogEncoderOracleTest.CapturingSender();
    OtlpGrpcSpanExporter exporter =
        OtlpGrpcSpanExporter.builder()
            .setComponentLoader(new LogEncoderOracleTest.OneSender(sender))
            .build();
    exporter.export(images.stream().map(SpanEncoderOracleTest::span).toList());
    return sender.sent.toByteArray();
  }

  /** The contract, section 4.1, spelled out once more. */
  private static SpanData span(RecordImage image) {
    ConnectionRecord record = image.view();
    String error = ExpectedLog.error(record);
    PairIds ids = new PairIds();
    ids.take(record);
    String traceId = String.format("%016x%016x", ids.traceIdHigh(), ids.traceIdLow());
    SpanContext parent =
        ids.parentSpanId() == 0
            ? SpanContext.getInvalid()
            : SpanContext.createFromRemoteParent(
                traceId,
                String.format("%016x", ids.parentSpanId()),
                TraceFlags.getDefault(),
                TraceState.getDefault());
    SpanKind kind = KINDS.get(record.direction());
    int port = kind == SpanKind.CLIENT ? record.peerPort() : record.localPort();
    Attributes attributes = attributes(record, error, kind);
    return TestSpanData.builder()
        .setResource(RESOURCE)
        .setInstrumentationScopeInfo(SCOPE)
        .setSpanContext(
            SpanContext.create(
                traceId,
                String.format("%016x", ids.spanId()),
                TraceFlags.getDefault(),
                TraceState.getDefault()))
        .setParentSpanContext(parent)
        .setName(kind == SpanKind.INTERNAL ? "tcp connection" : "tcp connection " + port)
        .setKind(kind)
        .setStartEpochNanos(EncodedLogs.timeNs(image) - record.durationNs())
        .setEndEpochNanos(EncodedLogs.timeNs(image))
        .setHasEnded(true)
        .setAttributes(attributes)
        .setTotalAttributeCount(attributes.size())
        .setStatus(error == null ? StatusData.unset() : StatusData.error())
        .build();
  }

  private static Attributes attributes(ConnectionRecord record, String error, SpanKind kind) {
    AttributesBuilder to = LogEncoderOracleTest.attributes(record, error).toBuilder();
    to.removeIf(
        key ->
            List.of(
                    "tcpotel.connection.duration",
                    "tcpotel.connection.sequence",
                    "tcpotel.event.name",
                    "log.record.uid")
                .contains(key.getKey()));
    if (kind != SpanKind.INTERNAL) {
      to.put(
          "server.address",
          kind == SpanKind.CLIENT ? record.peerAddressText() : record.localAddressText());
    }
    return to.build();
  }

  /**
   * The SDK sorts attributes by key, the encoder writes them in the contract's order. The SDK
   * writes a status without fields where it is unset.
   */
  private static ExportTraceServiceRequest sorted(ExportTraceServiceRequest request) {
    ExportTraceServiceRequest.Builder sorted = request.toBuilder();
    for (ResourceSpans.Builder spans : sorted.getResourceSpansBuilderList()) {
      var resource = LogEncoderOracleTest.byKey(spans.getResource().getAttributesList());
      spans.getResourceBuilder().clearAttributes().addAllAttributes(resource);
      for (ScopeSpans.Builder scope : spans.getScopeSpansBuilderList()) {
        for (Span.Builder span : scope.getSpansBuilderList()) {
          var attributes = LogEncoderOracleTest.byKey(span.getAttributesList());
          if (span.getStatus().equals(Status.getDefaultInstance())) {
            span.clearStatus();
          }
          span.clearAttributes().addAllAttributes(attributes);
        }
      }
    }
    return sorted.build();
  }
}
