// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.tcpotel.Messages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Collects the metrics on a timer and exports them, on the timer's thread: the only {@link
 * MetricReader}, so that no provider starts a thread of its own. The next collection waits for the
 * last one's answer, since the SDK uses the memory of its data again.
 */
public final class MetricCollection implements MetricReader {
  /** Data points in one request: some 600 bytes each, against the Collector's limit of 4 MiB. */
  private static final int POINTS_PER_REQUEST = 3000;

  private final MetricExporter exporter;
  private final ScheduledExecutorService timer;
  private final Duration interval;
  private final Messages messages;
  private final LongAdder exported = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final ReentrantLock oneAtATime = new ReentrantLock();
  private volatile CollectionRegistration registration = CollectionRegistration.noop();

  MetricCollection(
      MetricExporter exporter,
      ScheduledExecutorService timer,
      Duration interval,
      Messages messages) {
    this.exporter = exporter;
    this.timer = timer;
    this.interval = interval;
    this.messages = messages;
  }

  @Override
  public void register(CollectionRegistration registration) {
    this.registration = registration;
    timer.scheduleAtFixedRate(
        () -> collect(interval.toMillis()),
        interval.toMillis(),
        interval.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /**
   * The lock is not waited for longer than the answer would be: a collection under way may hang.
   */
  private boolean collect(long timeoutMs) {
    try {
      if (!oneAtATime.tryLock(timeoutMs, TimeUnit.MILLISECONDS)) {
        failed.increment();
        return false;
      }
    } catch (InterruptedException e) {
      return false; // the timer is being closed
    }
    try {
      boolean ok = collectAlone(timeoutMs);
      (ok ? exported : failed).increment();
      return ok;
    } finally {
      oneAtATime.unlock();
    }
  }

  private boolean collectAlone(long timeoutMs) {
    try {
      boolean ok = true;
      for (List<MetricData> part : parts(registration.collectAllMetrics())) {
        ok &= exporter.export(part).join(timeoutMs, TimeUnit.MILLISECONDS).isSuccess();
      }
      return ok;
    } catch (RuntimeException e) {
      // An exception that left here would end the timer without a word.
      messages.sayOnceAMinute("metrics", "metrics could not be exported: " + e);
      return false;
    }
  }

  /** Whole metrics, put together while they stay below the limit. */
  static List<List<MetricData>> parts(Collection<MetricData> metrics) {
    List<List<MetricData>> parts = new ArrayList<>();
    List<MetricData> part = new ArrayList<>();
    int points = 0;
    for (MetricData metric : metrics) {
      int added = metric.getData().getPoints().size();
      if (!part.isEmpty() && points + added > POINTS_PER_REQUEST) {
        parts.add(part);
        part = new ArrayList<>();
        points = 0;
      }
      part.add(metric);
      points += added;
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  /** Collects and exports now; waits for the answer, at most {@code timeoutMs}. */
  public boolean exportNow(long timeoutMs) {
    return collect(timeoutMs);
  }

  /** Collections that arrived whole. */
  public long exported() {
    return exported.sum();
  }

  /** Collections of which something did not arrive; the next one holds the same sums. */
  public long failed() {
    return failed.sum();
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return exporter.getAggregationTemporality(type);
  }

  @Override
  public Aggregation getDefaultAggregation(InstrumentType type) {
    return exporter.getDefaultAggregation(type);
  }

  @Override
  public MemoryMode getMemoryMode() {
    return exporter.getMemoryMode();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return collect(interval.toMillis())
        ? CompletableResultCode.ofSuccess()
        : CompletableResultCode.ofFailure();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
