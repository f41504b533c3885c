// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorSender;
import io.tcpotel.otlp.CollectorSenders;
import io.tcpotel.otlp.OtelSettings;
import io.tcpotel.otlp.OtlpExporters;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.Signal;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/** The exporter's sender of log requests, as far as its own window lets it: four under way. */
final class LogSender implements AutoCloseable {
  private static final int WINDOW = 4;
  private static final long TRY_NS = 10_000_000_000L;

  private final CollectorSenders senders = new CollectorSenders(new Messages(System.err));
  private final CollectorSender sender;
  private final Resource resource;
  private final Semaphore window = new Semaphore(WINDOW);
  private final AtomicLong arrived = new AtomicLong();

  LogSender(String endpoint) {
    OtelSettings otel =
        OtelSettings.read(
            Map.of("otel.exporter.otlp.endpoint", endpoint),
            Map.of(),
            "",
            Set.of(Signal.LOGS),
            senders);
    senders.setSettings(otel);
    OtlpExporters.logs(otel.properties());
    sender = senders.sender(Signal.LOGS);
    resource = otel.resource();
  }

  Resource resource() {
    return resource;
  }

  /** Sends a sealed batch, which may be under way already, once there is room for it. */
  void send(RecordBatch batch) {
    window.acquireUninterruptibly();
    sender.deliver(batch, TRY_NS, outcome -> ended(batch, outcome));
  }

  private void ended(RecordBatch batch, CollectorSender.Outcome outcome) {
    if (outcome.isOk()) {
      arrived.addAndGet(batch.records());
    }
    window.release();
  }

  /** Log records that have arrived. */
  long arrived() {
    return arrived.get();
  }

  /** Returns when nothing is under way. */
  void await() {
    window.acquireUninterruptibly(WINDOW);
    window.release(WINDOW);
  }

  @Override
  public void close() {
    senders.close();
  }
}
