// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import io.tcpotel.Release;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.CommunityId;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairIds;
import io.tcpotel.record.RecordUid;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.RecordImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The hand-written bytes against those of the SDK's own exporter for the same records. */
class LogEncoderOracleTest {
  private static final Resource RESOURCE =
      Resource.create(
          Attributes.builder().put("service.name", "tcpotel").put("process.pid", 7L).build(),
          Scope.SCHEMA_URL);

  private static final List<String> STATES =
      List.of(
          "established",
          "syn_sent",
          "syn_received",
          "fin_wait_1",
          "fin_wait_2",
          "time_wait",
          "closed",
          "close_wait",
          "last_ack",
          "listen",
          "closing",
          "syn_received");

  /** Stands where the SDK's exporter has its network. */
  static final class CapturingSender implements GrpcSender {
    final ByteArrayOutputStream sent = new ByteArrayOutputStream();

    @Override
    public void send(
        MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
      try {
        message.writeMessage(sent);
      } catch (IOException e) {
        onError.accept(e);
      }
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  record OneSender(GrpcSender sender) implements ComponentLoader {
    @Override
    public <T> Iterable<T> load(Class<T> type) {
      return type == GrpcSenderProvider.class
          ? List.of(type.cast((GrpcSenderProvider) config -> sender))
          : List.of();
    }
  }

  @Property(tries = 200)
  void bytesAreThoseOfTheSdksExporter(@ForAll("reports") List<RecordImage> images) {
    byte[] ours = EncodedLogs.request(RESOURCE, EncodedLogs.ALL, images);
    byte[] theirs = throughTheSdk(images);
    assertThat(sorted(EncodedLogs.parse(ours))).isEqualTo(sorted(EncodedLogs.parse(theirs)));
    assertThat(EncodedLogs.parse(ours).getSerializedSize())
        .isEqualTo(EncodedLogs.parse(theirs).getSerializedSize());
    assertThat(ours).hasSameSizeAs(theirs);
  }

  @Property(tries = 200)
  void lengthsAreTheShortestThatProtobufKnows(@ForAll("reports") List<RecordImage> images) {
    byte[] ours = EncodedLogs.request(RESOURCE, images);
    assertThat(EncodedLogs.parse(ours).getSerializedSize()).isEqualTo(ours.length);
  }

  @Provide
  Arbitrary<List<RecordImage>> reports() {
    return AnyRecord.arbitraryReports();
  }

  private static byte[] throughTheSdk(List<RecordImage> images) {
    InMemoryLogRecordExporter records = InMemoryLogRecordExporter.create();
    SdkLoggerProvider provider =
        SdkLoggerProvider.builder()
            .setResource(RESOURCE)
            .addLogRecordProcessor(SimpleLogRecordProcessor.create(records))
            .build();
    images.forEach(image -> emit(provider, image));
    CapturingSender sender = new CapturingSender();
    OtlpGrpcLogRecordExporter exporter =
        OtlpGrpcLogRecordExporter.builder().setComponentLoader(new OneSender(sender)).build();
    exporter.export(records.getFinishedLogRecordItems());
    return sender.sent.toByteArray();
  }

  private static void emit(SdkLoggerProvider provider, RecordImage image) {
    String error = ExpectedLog.error(image.view());
    String event =
        Map.of(1, "start", 2, "end", 3, "end", 4, "update").get(image.view().kind().number());
    provider
        .loggerBuilder("io.tcpotel.tcp")
        .setInstrumentationVersion(Release.VERSION)
        .setSchemaUrl("https://opentelemetry.io/schemas/1.45.0")
        .build()
        .logRecordBuilder()
        .setEventName("tcpotel.connection." + event)
        .setTimestamp(EncodedLogs.timeNs(image), TimeUnit.NANOSECONDS)
        .setObservedTimestamp(EncodedLogs.OBSERVED_NS, TimeUnit.NANOSECONDS)
        .setSeverity(severity(event, error))
        .setBody(ExpectedLog.body(image.view()))
        .setAllAttributes(attributes(image.view(), error))
        .setContext(Context.root().with(Span.wrap(ids(image.view()))))
        .emit();
  }

  /** The SDK writes no ids of a span context that is not valid. */
  private static SpanContext ids(ConnectionRecord record) {
    boolean isOver = record.kind() == RecordKind.CLOSE || record.kind() == RecordKind.FAILED;
    PairIds ids = new PairIds();
    ids.take(record);
    String traceId = String.format("%016x%016x", ids.traceIdHigh(), ids.traceIdLow());
    String spanId = String.format("%016x", ids.spanId());
    return isOver
        ? SpanContext.create(traceId, spanId, TraceFlags.getDefault(), TraceState.getDefault())
        : SpanContext.getInvalid();
  }

  private static Severity severity(String event, String error) {
    Severity withoutError = "end".equals(event) ? Severity.INFO : Severity.DEBUG;
    return error == null ? withoutError : Severity.WARN;
  }

  /** The contract's table, spelled out once more and by other means. */
  static Attributes attributes(ConnectionRecord record, String error) {
    String role = List.of("unknown", "server", "client").get(record.direction());
    AttributesBuilder to = Attributes.builder();
    to.put("network.transport", "tcp");
    to.put("network.type", record.type() == 2 ? "ipv4" : "ipv6");
    to.put("network.local.address", record.localAddressText());
    to.put("network.local.port", (long) record.localPort());
    to.put("network.peer.address", record.peerAddressText());
    to.put("network.peer.port", (long) record.peerPort());
    if (record.direction() != 0) {
      int port = "client".equals(role) ? record.peerPort() : record.localPort();
      to.put("server.port", (long) port);
    }
    if (error != null) {
      to.put("error.type", error);
    }
    long id =
        (record.socketCookie()
            ^ (record.generation() & 0xffff) * (1L << 48)
            ^ (record.generation() / 65536) * (1L << 40));
    to.put("tcpotel.connection.id", String.format("%016x", id));
    to.put("tcpotel.connection.role", role);
    to.put("tcpotel.connection.established", record.connSuccess());
    to.put("tcpotel.connection.duration", record.durationNs() / 1e9);
    if (record.preexisting()) {
      to.put("tcpotel.connection.preexisting", true);
    }
    if ((record.kind() == RecordKind.OPEN || record.kind() == RecordKind.UPDATE)
        && record.state() <= 12) {
      to.put("network.connection.state", STATES.get(record.state() - 1));
    }
    if (record.kind() != RecordKind.OPEN) {
      putTotals(to, record);
      putDelays(to, record, error);
    }
    putProcesses(to, record);
    putFurther(to, record);
    return to.build();
  }

  private static void putFurther(AttributesBuilder to, ConnectionRecord record) {
    to.put("tcpotel.netns.id", record.netnsCookie());
    if (record.kind() != RecordKind.OPEN) {
      putCount(to, "tcpotel.lost", record.lost());
      putCount(to, "tcpotel.unacknowledged.bytes", record.unackedBytes());
      putCount(to, "tcpotel.unread.bytes", record.unreadBytes());
    }
    if (record.kind() == RecordKind.OPEN) {
      to.put("tcpotel.connection.sequence", 0);
    } else if ((record.flags() & 1 << 13) != 0) {
      to.put("tcpotel.connection.sequence", record.sequence());
    }
    // Their own tests have the values.
    byte[] text = new byte[CommunityId.TEXT_BYTES];
    new CommunityId().write(record, text);
    to.put("tcpotel.connection.community_id", new String(text, StandardCharsets.US_ASCII));
    RecordUid uid = new RecordUid();
    uid.take(record);
    to.put("log.record.uid", new UUID(uid.high(), uid.low()).toString());
    String event = Map.of(1, "start", 2, "end", 3, "end", 4, "update").get(record.kind().number());
    to.put("tcpotel.event.name", "tcpotel.connection." + event);
  }

  private static void putDelays(AttributesBuilder to, ConnectionRecord record, String error) {
    String cause = timeoutCause(record, error);
    if (cause != null) {
      to.put("tcpotel.timeout.cause", cause);
    }
    if (record.closedBy() != 0) {
      String by = List.of("local", "remote", "abort").get(record.closedBy() - 1);
      to.put("tcpotel.connection.close.by", by);
    }
    String limit = ExpectedLog.limitedBy(record);
    if (limit != null) {
      to.put("tcpotel.limited_by", limit);
    }
    ExpectedLog.limits(record).forEach((name, ms) -> putMs(to, "tcpotel.limited." + name, ms));
    putMs(to, "tcpotel.stalled.duration", record.stalledMs());
    putCount(to, "tcpotel.timeouts", record.timeouts());
    if (record.handshakeUs() != 0) {
      to.put("tcpotel.handshake.duration", record.handshakeUs() / 1e6);
    }
    putCount(to, "tcpotel.handshake.retransmits", record.synRetransmits());
    putCount(to, "tcpotel.spurious_retransmits", record.spuriousRetransmits());
    putCount(to, "tcpotel.out_of_order_segments", record.outOfOrderSegments());
    putCount(to, "tcpotel.delivered_ce", record.deliveredCe());
    putMs(to, "tcpotel.idle.transmit", record.hasSent() ? record.transmitIdleMs() : 0);
    putMs(to, "tcpotel.idle.receive", record.hasReceived() ? record.receiveIdleMs() : 0);
  }

  private static String timeoutCause(ConnectionRecord record, String error) {
    boolean timedOut = "timed_out".equals(error);
    if (!record.connSuccess()) {
      boolean gaveUp = "canceled".equals(error) && record.synRetransmits() > 0;
      return timedOut || gaveUp ? "connect" : null;
    }
    boolean probed = record.windowProbes() > 0;
    boolean data = record.timeoutsInARow() > 0 || probed && record.unackedBytes() > 0;
    return timedOut && data ? "data" : timedOut && probed ? "keepalive" : null;
  }

  private static void putProcesses(AttributesBuilder to, ConnectionRecord record) {
    putCount(to, "process.pid", record.pid());
    putName(to, "process.executable.name", record.command());
    if (record.hasUid()) {
      to.put("user.id", Long.toString(record.uid()));
    }
    if (record.closerPid() != 0 && record.closerPid() != record.pid()) {
      putCount(to, "tcpotel.closer.process.pid", record.closerPid());
      putName(to, "tcpotel.closer.process.executable.name", record.closerCommand());
    }
  }

  /** A character beyond ASCII has two bytes here. */
  private static void putName(AttributesBuilder to, String key, String name) {
    if (!name.isEmpty()) {
      to.put(key, name.replaceAll("[^ -~]", "?").replace("b?", "b??"));
    }
  }

  private static void putCount(AttributesBuilder to, String key, long count) {
    if (count != 0) {
      to.put(key, count);
    }
  }

  private static void putMs(AttributesBuilder to, String key, long ms) {
    if (ms != 0) {
      to.put(key, ms / 1e3);
    }
  }

  private static void putTotals(AttributesBuilder to, ConnectionRecord record) {
    to.put("tcpotel.transmit.bytes", record.sentBytes());
    to.put("tcpotel.receive.bytes", record.receivedBytes());
    to.put("tcpotel.transmit.segments", record.segsOut());
    to.put("tcpotel.receive.segments", record.segsIn());
    to.put("tcpotel.retransmits", record.totalRetrans());
    if (record.srttEighthUs() != 0) {
      to.put("tcpotel.rtt.smoothed", record.srttEighthUs() / 8e6);
    }
    if (record.rttMinUs() != 0) {
      to.put("tcpotel.rtt.min", record.rttMinUs() / 1e6);
    }
    if (record.mssCache() != 0) {
      to.put("tcpotel.mss", record.mssCache());
    }
  }

  /** The SDK sorts attributes by key, the encoder writes them in the contract's order. */
  private static ExportLogsServiceRequest sorted(ExportLogsServiceRequest request) {
    ExportLogsServiceRequest.Builder sorted = request.toBuilder();
    for (ResourceLogs.Builder logs : sorted.getResourceLogsBuilderList()) {
      List<KeyValue> resource = byKey(logs.getResource().getAttributesList());
      logs.getResourceBuilder().clearAttributes().addAllAttributes(resource);
      for (ScopeLogs.Builder scope : logs.getScopeLogsBuilderList()) {
        for (LogRecord.Builder record : scope.getLogRecordsBuilderList()) {
          List<KeyValue> attributes = byKey(record.getAttributesList());
          record.clearAttributes().addAllAttributes(attributes);
        }
      }
    }
    return sorted.build();
  }

  static List<KeyValue> byKey(List<KeyValue> attributes) {
    List<KeyValue> sorted = new ArrayList<>(attributes);
    sorted.sort(Comparator.comparing(KeyValue::getKey));
    return sorted;
  }
}
