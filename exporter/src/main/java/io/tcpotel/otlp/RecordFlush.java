// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.UnansweredRecords;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;

/** Ends a delivery: sends everything that waits, and leaves the rest to the spool. */
final class RecordFlush {
  private static final long ROUND_MS = 2;

  /** At the end there is no time for backoff: a new attempt of everything each 200 ms. */
  private static final int RETRY_ROUNDS = 100;

  /** Time for the last attempt of each request after the deadline, and for the spool. */
  private static final long LAST_ATTEMPT_NS = 300_000_000L;

  private final WaitingRecords waiting;
  private final RecordRequests requests;
  private final RecordTransport transport;
  private final DeliveryCounts counts;
  private final LongConsumer tick;

  /**
   * @param tick moves waiting records on, at a time (CLOCK_MONOTONIC)
   */
  RecordFlush(
      WaitingRecords waiting,
      RecordRequests requests,
      RecordTransport transport,
      DeliveryCounts counts,
      LongConsumer tick) {
    this.waiting = waiting;
    this.requests = requests;
    this.transport = transport;
    this.counts = counts;
    this.tick = tick;
  }

  /** Sends everything, in the spool too; false if {@code deadlineNs} comes first. */
  boolean flush(long deadlineNs) throws InterruptedException {
    return sendUntil(deadlineNs, waiting::isEmpty, false);
  }

  /** Sends everything in memory; after {@code deadlineNs} spools the rest or drops it. */
  void finish(long deadlineNs) throws InterruptedException {
    waiting.stopReadingSpool();
    if (!sendMemoryUntil(deadlineNs)) {
      requests.underWay.keepUnanswered();
      transport.giveUp().run();
      waiting.spoolAtOnce();
      if (!waiting.hasSpool()) {
        waiting.dropMemory();
        counts.shutdown.add(requests.filler.records());
        counts.waiting.add(-requests.filler.records());
        requests.filler.take();
      }
      sendMemoryUntil(System.nanoTime() + LAST_ATTEMPT_NS);
    }
    if (waiting.hasSpool()) {
      spoolTheRest();
    }
  }

  private boolean sendMemoryUntil(long deadlineNs) throws InterruptedException {
    return sendUntil(deadlineNs, waiting::isMemoryEmpty, true);
  }

  private boolean sendUntil(long deadlineNs, BooleanSupplier isAllSent, boolean retriesNow)
      throws InterruptedException {
    for (int round = 0; System.nanoTime() < deadlineNs; round++) {
      tick.accept(System.nanoTime());
      if (isAllSent.getAsBoolean()) {
        requests.send(System.nanoTime());
        if (requests.isIdle()) {
          return true;
        }
      }
      if (retriesNow && round % RETRY_ROUNDS == 0) {
        transport.retryNow().run();
      }
      Thread.sleep(ROUND_MS);
    }
    return false;
  }

  private void spoolTheRest() throws InterruptedException {
    waiting.spoolAtOnce();
    transport.cancelAll().run();
    sendMemoryUntil(System.nanoTime() + LAST_ATTEMPT_NS);
    waiting.dropMemory(); // nothing, unless the disk is too slow
    counts.waiting.add(-requests.filler.records());
    waiting.finish(new UnansweredRecords(requests.takeBack()));
  }
}
