// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.tcpotel.telemetry.SelfInstrument;
import io.tcpotel.telemetry.SelfMetrics;
import java.util.List;

/** The export's metrics about itself. */
final class ExportSelfMetrics {
  private static final AttributeKey<String> TYPE = AttributeKey.stringKey("otel.component.type");
  private static final AttributeKey<String> NAME = AttributeKey.stringKey("otel.component.name");
  private static final AttributeKey<String> ADDRESS = AttributeKey.stringKey("server.address");
  private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> STATUS =
      AttributeKey.stringKey("rpc.response.status_code");

  private final SelfMetrics self;

  ExportSelfMetrics(SelfMetrics self) {
    this.self = self;
  }

  private static Attributes component(String type) {
    return Attributes.of(TYPE, type, NAME, type + "/0");
  }

  private static Attributes exporter(String type, CollectorSender sender) {
    CollectorAddress address = sender.channel().endpoint();
    return component(type).toBuilder()
        .put(ADDRESS, address.host())
        .put(PORT, address.port())
        .build();
  }

  private static Attributes withError(Attributes attributes, String error) {
    return attributes.toBuilder().put(ERROR, error).build();
  }

  void addLogs(RecordDelivery logs, CollectorSender sender) {
    DeliveryCounts counts = logs.counts();
    Attributes processor = component("batching_log_processor");
    self.observe(SelfInstrument.LOG_CREATED, to -> to.record(counts.ended()));
    self.observe(SelfInstrument.LOG_QUEUE_SIZE, to -> to.record(counts.waiting(), processor));
    self.observe(SelfInstrument.LOG_QUEUE_CAPACITY, to -> to.record(logs.capacity(), processor));
    self.observe(SelfInstrument.LOG_PROCESSED, to -> recordProcessed(counts, processor, to));
    self.observe(SelfInstrument.SPOOL_USAGE, to -> to.record(counts.spool().usageBytes()));
    self.observe(SelfInstrument.SPOOL_LIMIT, to -> to.record(logs.spoolLimitBytes()));
    self.observe(SelfInstrument.SPOOL_CORRUPT, to -> to.record(counts.spool().corrupt()));
    Attributes exporter = exporter("otlp_grpc_log_exporter", sender);
    addItems(SelfInstrument.LOG_INFLIGHT, SelfInstrument.LOG_EXPORTED, counts, exporter);
    addRequests(sender, exporter);
  }

  /** The instruments of the spool are those of log records. */
  void addSpans(RecordDelivery spans, CollectorSender sender) {
    DeliveryCounts counts = spans.counts();
    Attributes processor = component("batching_span_processor");
    self.observe(SelfInstrument.SPAN_STARTED, to -> to.record(counts.ended()));
    self.observe(SelfInstrument.SPAN_QUEUE_SIZE, to -> to.record(counts.waiting(), processor));
    self.observe(SelfInstrument.SPAN_QUEUE_CAPACITY, to -> to.record(spans.capacity(), processor));
    self.observe(SelfInstrument.SPAN_PROCESSED, to -> recordProcessed(counts, processor, to));
    Attributes exporter = exporter("otlp_grpc_span_exporter", sender);
    addItems(SelfInstrument.SPAN_INFLIGHT, SelfInstrument.SPAN_EXPORTED, counts, exporter);
    addRequests(sender, exporter);
  }

  private static void recordProcessed(
      DeliveryCounts counts, Attributes processor, ObservableLongMeasurement to) {
    to.record(counts.handed(), processor);
    to.record(counts.queueFull(), withError(processor, "queue_full"));
    to.record(counts.shutdown(), withError(processor, "already_shutdown"));
    to.record(counts.spool().full(), withError(processor, "spool_full"));
    to.record(counts.spool().failed(), withError(processor, "spool_failed"));
  }

  void addMetrics(MetricCollection metrics, CollectorSender sender) {
    Attributes exporter = exporter("otlp_grpc_metric_exporter", sender);
    addItems(
        SelfInstrument.POINT_INFLIGHT, SelfInstrument.POINT_EXPORTED, metrics.points(), exporter);
    addRequests(sender, exporter);
    DoubleHistogram duration = self.histogram(SelfInstrument.COLLECTION_DURATION);
    Attributes reader = component("periodic_metric_reader");
    metrics.onCollected(tookNs -> duration.record(tookNs / 1e9, reader));
  }

  /** Retries of all signals are one instrument, which has one callback. */
  void addRetries(List<CollectorSender> senders) {
    self.observe(
        SelfInstrument.EXPORT_RETRIES,
        to -> {
          for (CollectorSender sender : senders) {
            recordRetries(sender, to);
          }
        });
  }

  private static void recordRetries(CollectorSender sender, ObservableLongMeasurement to) {
    Attributes type = Attributes.of(TYPE, "otlp_grpc_" + sender.item() + "_exporter");
    sender.counts().retries().forEach((code, sum) -> to.record(sum, withError(type, code)));
  }

  private void addItems(
      SelfInstrument inFlight, SelfInstrument exported, ItemCounts counts, Attributes exporter) {
    self.observe(inFlight, to -> to.record(counts.inFlight(), exporter));
    Attributes rejected = withError(exporter, "rejected");
    self.observe(
        exported,
        to -> {
          to.record(counts.exported(), exporter);
          to.record(counts.rejected(), rejected);
          counts.failed().forEach((code, sum) -> to.record(sum, withError(exporter, code)));
        });
  }

  private void addRequests(CollectorSender sender, Attributes exporter) {
    DoubleHistogram duration = self.histogram(SelfInstrument.EXPORT_DURATION);
    sender
        .counts()
        .onEnd(
            (code, tookNs) -> {
              Attributes answered = exporter.toBuilder().put(STATUS, code).build();
              boolean ok = "OK".equals(code);
              duration.record(tookNs / 1e9, ok ? answered : withError(answered, code));
            });
  }
}
