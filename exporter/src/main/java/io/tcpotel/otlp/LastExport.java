// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The end of an export: all signals are sent at the same time, so that none takes from another the
 * time that is left.
 */
public final class LastExport {
  /** There is no time for backoff. */
  private static final long RETRY_EVERY_MS = 200;

  private final CollectorExport export;

  public LastExport(CollectorExport export) {
    this.export = export;
  }

  /**
   * Sends everything that waits in memory, and a last collection of metrics; returns when all has
   * arrived, or soon after {@code timeout}: see {@link RecordDelivery#finish}. Whether the metrics
   * have arrived, if they are on.
   */
  public boolean run(Duration timeout) throws InterruptedException {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    List<Callable<Boolean>> ends = new ArrayList<>();
    for (RecordDelivery delivery : export.deliveries()) {
      ends.add(
          () -> {
            delivery.finish(deadlineNs);
            return true;
          });
    }
    if (export.metrics() != null) {
      ends.add(() -> export.metrics().exportLast(timeout.toMillis()));
    }
    boolean all = true;
    try (ExecutorService threads = Executors.newFixedThreadPool(ends.size())) {
      for (Future<Boolean> end : ends.stream().map(threads::submit).toList()) {
        all &= await(end);
      }
    }
    return all;
  }

  private boolean await(Future<Boolean> end) throws InterruptedException {
    while (true) {
      try {
        if (export.metrics() != null) {
          export.metrics().retryNow();
        }
        return end.get(RETRY_EVERY_MS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        continue;
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }
}
