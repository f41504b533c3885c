// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.Aggregation;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.opentelemetry.sdk.metrics.export.MetricReader;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.SelfZeroPoints;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Collects the metrics on a timer and exports them, on the timer's thread: the only {@link
 * MetricReader}, so that no provider starts a thread of its own. The next collection waits for the
 * last one's answer, since the SDK may use the memory of its data again.
 */
public final class MetricCollection implements MetricReader {
  private final MetricRequests requests;
  private final ScheduledExecutorService timer;
  private final Duration interval;
  private final Messages messages;
  private final LongSupplier nanoTime;
  private final LongAdder exported = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final ReentrantLock oneAtATime = new ReentrantLock();
  private volatile CollectionRegistration registration = CollectionRegistration.noop();
  private volatile LongConsumer onCollected = tookNs -> {};
  private volatile Runnable onAnswered = () -> {};

  /** Null without. */
  private volatile SelfZeroPoints zeros;

  private volatile long lastNs;

  MetricCollection(
      MetricRequests requests,
      ScheduledExecutorService timer,
      Duration interval,
      Messages messages) {
    this(requests, timer, interval, messages, System::nanoTime);
  }

  MetricCollection(
      MetricRequests requests,
      ScheduledExecutorService timer,
      Duration interval,
      Messages messages,
      LongSupplier nanoTime) {
    this.requests = requests;
    this.timer = timer;
    this.interval = interval;
    this.messages = messages;
    this.nanoTime = nanoTime;
    this.lastNs = nanoTime.getAsLong();
  }

  /** Tells {@code onCollected} how many ns each collection took, without its export. */
  public void onCollected(LongConsumer onCollected) {
    this.onCollected = onCollected;
  }

  /** Tells {@code onAnswered} when the points of the last collection need no further attempt. */
  void onAnswered(Runnable onAnswered) {
    this.onAnswered = onAnswered;
  }

  /** Whether this program's own counters begin with 0. */
  void beginWithZeros(boolean on) {
    zeros = on ? new SelfZeroPoints() : null;
  }

  /** Counts of the data points by outcome. */
  public ItemCounts points() {
    return requests.points();
  }

  @Override
  public void register(CollectionRegistration registration) {
    this.registration = registration;
    timer.scheduleAtFixedRate(
        this::collectInTime, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * After a collection that took long, the timer makes up for those it missed, one right after the
   * other. They would tell nothing new, and leave no time for points of value 0 between them.
   */
  private void collectInTime() {
    if (nanoTime.getAsLong() - lastNs >= interval.toNanos() / 2) {
      collect(requests::patienceMs, false);
    }
  }

  /**
   * The lock is not waited for longer than the answer would be: a collection under way may hang.
   */
  private boolean collect(LongSupplier patienceMs, boolean last) {
    try {
      if (!oneAtATime.tryLock(patienceMs.getAsLong(), TimeUnit.MILLISECONDS)) {
        failed.increment();
        return false;
      }
    } catch (InterruptedException e) {
      return false; // the timer is being closed
    }
    try {
      boolean ok = collectAlone(patienceMs);
      (ok ? exported : failed).increment();
      if (last) {
        requests.giveUp();
      }
      return ok;
    } finally {
      oneAtATime.unlock();
    }
  }

  private boolean collectAlone(LongSupplier patienceMs) {
    try {
      long beginNs = nanoTime.getAsLong();
      lastNs = beginNs;
      Collection<MetricData> metrics = registration.collectAllMetrics();
      onCollected.accept(nanoTime.getAsLong() - beginNs);
      boolean ok = requests.export(withZeros(metrics), patienceMs);
      if (requests.wasAnswered()) {
        onAnswered.run();
        if (zeros != null) {
          zeros.answered();
        }
      }
      return ok;
    } catch (Throwable e) {
      // One that left here would end the timer without a word.
      messages.sayOnceAMinute("metrics", "metrics could not be exported: " + e);
      return false;
    }
  }

  private Collection<MetricData> withZeros(Collection<MetricData> metrics) {
    if (zeros == null) {
      return metrics;
    }
    List<MetricData> all = new ArrayList<>(zeros.before(metrics));
    all.addAll(metrics);
    return all;
  }

  /**
   * Collects and exports for the last time, within {@code timeoutMs} in all. Delta points without
   * an answer count as failed from now on.
   */
  public boolean exportLast(long timeoutMs) {
    long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs);
    return collect(() -> TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime()), true);
  }

  /** Attempts a request at once that waits for its next attempt. */
  public void retryNow() {
    requests.retryNow();
  }

  /** Collections that arrived whole. */
  public long exported() {
    return exported.sum();
  }

  /**
   * Collections of which something did not arrive. The next one holds the same sums, or sends the
   * delta points again.
   */
  public long failed() {
    return failed.sum();
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return requests.exporter().getAggregationTemporality(type);
  }

  @Override
  public Aggregation getDefaultAggregation(InstrumentType type) {
    return requests.exporter().getDefaultAggregation(type);
  }

  @Override
  public MemoryMode getMemoryMode() {
    // Data that is kept for another attempt must outlive the next collection.
    return exportsDelta() ? MemoryMode.IMMUTABLE_DATA : requests.exporter().getMemoryMode();
  }

  private boolean exportsDelta() {
    return Stream.of(InstrumentType.values())
        .anyMatch(type -> getAggregationTemporality(type) == AggregationTemporality.DELTA);
  }

  @Override
  public CompletableResultCode forceFlush() {
    return collect(requests::patienceMs, false)
        ? CompletableResultCode.ofSuccess()
        : CompletableResultCode.ofFailure();
  }

  @Override
  public CompletableResultCode shutdown() {
    return requests.exporter().shutdown();
  }
}
