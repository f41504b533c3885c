// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.util.concurrent.atomic.LongAdder;

/**
 * Where every log record is:
 *
 * <pre>
 * ended + spool.recovered = exported + rejected + failed + queueFull + shutdown + inFlight + waiting
 *                         + spool.pending + spool.full + spool.failed + spool.corrupt
 * </pre>
 *
 * "waiting", in memory, is what is left over. From any thread.
 */
public final class LogCounts extends ItemCounts {
  final LongAdder ended = new LongAdder();
  final LongAdder handed = new LongAdder();
  final LongAdder queueFull = new LongAdder();
  final LongAdder shutdown = new LongAdder();
  volatile long backlog;
  volatile SpoolCounts spool = new SpoolCounts();

  public long ended() {
    return ended.sum();
  }

  /** Put into a request that was sent. */
  public long handed() {
    return handed.sum();
  }

  /** Dropped for want of memory. */
  public long queueFull() {
    return queueFull.sum();
  }

  /** Dropped because the program ended first. */
  public long shutdown() {
    return shutdown.sum();
  }

  /** What became of those that went through the spool. */
  public SpoolCounts spool() {
    return spool;
  }

  /** Waiting in memory: for a buffer, or in one that is not sent yet. */
  public long waiting() {
    long gone = exported() + rejected() + queueFull() + shutdown() + inFlight() + failedSum();
    long spooled = spool.pending() + spool.full() + spool.failed() + spool.corrupt();
    return ended() + spool.recovered() - gone - spooled;
  }
}
