// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Messages;
import io.tcpotel.otlp.spool.SpanSpool;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.RecordEncoder;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.telemetry.SpanEncoder;
import io.tcpotel.workload.WorkloadTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The deliveries of log records and of spans, of which either may be off. Of the memory and the
 * spool's size spans have two fifths: they are smaller, and both take records together, so one with
 * much less would hold up the other; a little less, since spans are given up first.
 */
final class RecordDeliveries implements AutoCloseable {
  private static final int SHARES = 5;
  private static final int SHARES_OF_SPANS = 2;

  private final CollectorExport.Settings settings;
  private final CollectorSenders senders;
  private final WorkloadTable workloads;
  private final WorkloadResources resources;
  private final Messages messages;
  private final Runnable onRoom;
  private final boolean isDivided;

  /** Null if logs are off. */
  final RecordDelivery logs;

  /** Null if traces are off. */
  final RecordDelivery spans;

  /**
   * The SDK's exporters parse headers, timeout and all; then their senders are fed with encoded
   * requests.
   *
   * @param on the signals that are on
   */
  RecordDeliveries(
      Set<Signal> on,
      OtelSettings otel,
      CollectorExport.Settings settings,
      CollectorSenders senders,
      WorkloadTable workloads,
      WorkloadResources resources,
      Messages messages,
      Runnable onRoom) {
    this.settings = settings;
    this.senders = senders;
    this.workloads = workloads;
    this.resources = resources;
    this.messages = messages;
    this.onRoom = onRoom;
    this.isDivided = on.contains(Signal.LOGS) && on.contains(Signal.TRACES);
    if (on.contains(Signal.LOGS)) {
      OtlpExporters.logs(otel.properties());
    }
    if (on.contains(Signal.TRACES)) {
      OtlpExporters.traces(otel.properties());
    }
    this.logs = on.contains(Signal.LOGS) ? logs() : null;
    this.spans = on.contains(Signal.TRACES) ? spans() : null;
  }

  private RecordDelivery logs() {
    RecordDelivery.Bounds own = part(SHARES - SHARES_OF_SPANS, settings.bounds().spool());
    return delivery(Signal.LOGS, new LogEncoder(workloads, settings.content()), own);
  }

  private RecordDelivery spans() {
    Path all = settings.bounds().spool();
    RecordDelivery.Bounds own = part(SHARES_OF_SPANS, all == null ? null : SpanSpool.in(all));
    return delivery(Signal.TRACES, new SpanEncoder(workloads, settings.content()), own);
  }

  private RecordDelivery.Bounds part(int shares, Path spool) {
    RecordDelivery.Bounds all = settings.bounds();
    int taken = isDivided ? shares : SHARES;
    return new RecordDelivery.Bounds(
        all.queueBytes() * taken / SHARES,
        all.requestBytes(),
        all.retryFor(),
        spool,
        all.spoolBytes() * taken / SHARES,
        isDivided ? 2 : 1);
  }

  private RecordDelivery delivery(
      Signal signal, RecordEncoder encoder, RecordDelivery.Bounds bounds) {
    RecordEnvelope envelope = new RecordEnvelope(resources::of);
    workloads.onExpiry(envelope::forget);
    RecordTransport transport = RecordTransport.of(senders.sender(signal), bounds.retryFor());
    return new RecordDelivery(workloads, envelope, encoder, transport, bounds, messages, onRoom);
  }

  void observe(ExportSelfMetrics own) {
    if (logs != null) {
      own.addLogs(logs, senders.sender(Signal.LOGS));
    }
    if (spans != null) {
      own.addSpans(spans, senders.sender(Signal.TRACES));
    }
  }

  /** Those that are on. */
  List<RecordDelivery> all() {
    return Stream.of(logs, spans).filter(Objects::nonNull).toList();
  }

  @Override
  public void close() {
    all().forEach(RecordDelivery::close);
  }
}
