// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.DeliveryCounts;
import io.tcpotel.otlp.RecordDelivery;

/**
 * The end of a replay: nobody waits for this process to make room, so it waits itself, as long as
 * the collector goes on taking.
 */
final class ReplayFlush {
  /** A collector that takes nothing for so long is away. */
  private static final long PATIENCE_NS = 10_000_000_000L;

  private static final long LOOK_EVERY_NS = 500_000_000L;

  private final CollectorExport export;
  private final StopSignal stop;

  ReplayFlush(CollectorExport export, StopSignal stop) {
    this.export = export;
    this.stop = stop;
  }

  /** Whether all log records, spans and the last metrics have arrived. */
  boolean run() throws InterruptedException {
    boolean all = true;
    for (RecordDelivery delivery : export.deliveries()) {
      all &= flush(delivery);
    }
    long metricsMs = all ? PATIENCE_NS / 1_000_000 : Agent.LAST_METRICS_MS;
    return (export.metrics() == null || export.metrics().exportLast(metricsMs)) && all;
  }

  private boolean flush(RecordDelivery delivery) throws InterruptedException {
    await(delivery);
    delivery.finish(System.nanoTime() + Agent.FLUSH_NS);
    DeliveryCounts counts = delivery.counts();
    return counts.exported() == counts.ended() + counts.spool().recovered();
  }

  private void await(RecordDelivery delivery) throws InterruptedException {
    long answered = answered(delivery.counts());
    long answeredNs = System.nanoTime();
    while (!stop.isStopped() && System.nanoTime() - answeredNs < PATIENCE_NS) {
      if (delivery.flush(System.nanoTime() + LOOK_EVERY_NS)) {
        return;
      }
      if (answered(delivery.counts()) != answered) {
        answered = answered(delivery.counts());
        answeredNs = System.nanoTime();
      }
    }
  }

  private static long answered(DeliveryCounts counts) {
    return counts.exported() + counts.rejected() + counts.failedSum();
  }
}
