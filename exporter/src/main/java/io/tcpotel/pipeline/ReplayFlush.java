// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.DeliveryCounts;
import io.tcpotel.otlp.LastExport;
import io.tcpotel.otlp.RecordDelivery;
import java.time.Duration;

/**
 * The end of a replay: nobody waits for this process to make room, so it waits itself, as long as
 * the collector goes on taking.
 */
final class ReplayFlush {
  /** A collector that takes nothing for so long is away. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long LOOK_EVERY_NS = 500_000_000L;

  private final CollectorExport export;
  private final StopSignal stop;

  ReplayFlush(CollectorExport export, StopSignal stop) {
    this.export = export;
    this.stop = stop;
  }

  /** Whether all log records, spans and the last metrics have arrived. */
  boolean run() throws InterruptedException {
    for (RecordDelivery delivery : export.deliveries()) {
      await(delivery);
    }
    boolean metricsArrived = new LastExport(export).run(haveArrived() ? PATIENCE : Agent.FLUSH);
    return metricsArrived && haveArrived();
  }

  private boolean haveArrived() {
    return export.deliveries().stream()
        .map(RecordDelivery::counts)
        .allMatch(counts -> counts.exported() == counts.ended() + counts.spool().recovered());
  }

  private void await(RecordDelivery delivery) throws InterruptedException {
    long answered = answered(delivery.counts());
    long answeredNs = System.nanoTime();
    while (!stop.isStopped() && System.nanoTime() - answeredNs < PATIENCE.toNanos()) {
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
