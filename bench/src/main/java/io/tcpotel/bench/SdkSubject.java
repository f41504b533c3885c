// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.logs.OtlpGrpcLogRecordExporter;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.export.BatchLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.recording.Recording;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The SDK as it comes: logger, batch processor, OTLP exporter, and its instruments; if wanted,
 * spans too, whose ids log records and exemplars then have. The processors drop what finds no room
 * in their queues, so records are given only as fast as they arrive.
 */
final class SdkSubject implements Subject {
  private static final int QUEUE_RECORDS = 1 << 16;
  private static final long FLUSH_SECONDS = 30;

  private final Recording recording;
  private final ArrivedRecords arrived;
  private final SdkLoggerProvider loggers;
  private final SdkMeterProvider meters;
  private final SdkLogs logs;
  private final SdkMetrics metrics;

  /** Null if there are none. */
  private final SdkSpans spans;

  private final ConnectionRecord view = new ConnectionRecord();
  private final RingReader reader;
  private long handed;

  private SdkSubject(
      String endpoint, ComponentLoader senders, boolean withSpans, Recording recording) {
    this.recording = recording;
    this.reader = recording.ring().reader();
    this.arrived =
        new ArrivedRecords(
            OtlpGrpcLogRecordExporter.builder()
                .setEndpoint(endpoint)
                .setComponentLoader(senders)
                .build());
    this.loggers =
        SdkLoggerProvider.builder()
            .addLogRecordProcessor(
                BatchLogRecordProcessor.builder(arrived).setMaxQueueSize(QUEUE_RECORDS).build())
            .build();
    this.meters =
        SdkMeterProvider.builder()
            .registerMetricReader(
                PeriodicMetricReader.builder(
                        OtlpGrpcMetricExporter.builder()
                            .setEndpoint(endpoint)
                            .setComponentLoader(senders)
                            .build())
                    .setInterval(Duration.ofSeconds(1))
                    .build())
            .build();
    this.logs = new SdkLogs(loggers);
    this.metrics = new SdkMetrics(meters);
    this.spans = withSpans ? new SdkSpans(endpoint, senders, QUEUE_RECORDS) : null;
  }

  /** With the sender that the SDK brings. */
  static SdkSubject overOkHttp(String endpoint, Recording recording) {
    ComponentLoader classPath = ComponentLoader.forClassLoader(SdkSubject.class.getClassLoader());
    return new SdkSubject(endpoint, classPath, false, recording);
  }

  /** With this program's channel, which is faster. */
  static SdkSubject overNetty(String endpoint, Recording recording) {
    return new SdkSubject(endpoint, new OnlySender(new NettySenders()), false, recording);
  }

  /** Over the same channel, with spans, their ids in the log records, and exemplars. */
  static SdkSubject withSpans(String endpoint, Recording recording) {
    return new SdkSubject(endpoint, new OnlySender(new NettySenders()), true, recording);
  }

  @Override
  public void pass() {
    recording.ring().publish(recording.records());
    reader.drain(this::take);
    recording.ring().rewind();
  }

  private void take(MemorySegment data, long offset, int length) {
    view.copyFrom(data, offset);
    if (Ends.isEnd(view)) {
      while (handed - arrivedInAll() >= QUEUE_RECORDS / 2) {
        LockSupport.parkNanos(50_000);
      }
      takeEnd(view.closeNs() + recording.header().getClockOffsetNs());
      handed++;
    } else if (view.kind() == RecordKind.OPEN) {
      metrics.recordOpen(view);
    }
  }

  private void takeEnd(long timeNs) {
    ErrorType error = ErrorType.of(view);
    Attributes attributes = SdkLogs.attributes(view, error);
    Context context = spans == null ? Context.root() : spans.emit(view, error, attributes, timeNs);
    metrics.recordEnd(view, error, context);
    logs.emit(view, error, attributes, context, timeNs, timeNs);
  }

  /** Those of which the span has arrived, too. */
  private long arrivedInAll() {
    return spans == null ? arrived.count() : Math.min(arrived.count(), spans.arrived());
  }

  @Override
  public long handed() {
    return handed;
  }

  @Override
  public long arrived() {
    return arrived.count();
  }

  @Override
  public void finish() {
    boolean isDone =
        loggers.forceFlush().join(FLUSH_SECONDS, TimeUnit.SECONDS).isSuccess()
            && flushMetrics()
            && (spans == null || spans.flush(FLUSH_SECONDS));
    if (!isDone || arrivedInAll() != handed) {
      throw new IllegalStateException(handed - arrivedInAll() + " records have not arrived");
    }
  }

  /** The reader refuses while its interval's own export is under way. */
  private boolean flushMetrics() {
    long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(FLUSH_SECONDS);
    while (System.nanoTime() < endNs) {
      if (meters.forceFlush().join(FLUSH_SECONDS, TimeUnit.SECONDS).isSuccess()) {
        return true;
      }
      LockSupport.parkNanos(50_000_000);
    }
    return false;
  }

  @Override
  public void close() {
    loggers.close();
    meters.close();
    if (spans != null) {
      spans.close();
    }
  }
}
