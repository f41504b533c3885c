// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.util.concurrent.atomic.LongAdder;

/**
 * Where every log record is:
 *
 * <pre>ended = exported + rejected + failed + queueFull + shutdown + backlog + filling + inFlight
 * </pre>
 *
 * "filling", what lies in the buffer that is not sent yet, is what is left over. From any thread.
 */
public final class LogCounts extends ItemCounts {
  final LongAdder ended = new LongAdder();
  final LongAdder handed = new LongAdder();
  final LongAdder queueFull = new LongAdder();
  final LongAdder shutdown = new LongAdder();
  volatile long backlog;

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

  /** Waiting here: for a buffer, or in one that is not sent yet. */
  public long waiting() {
    long gone = exported() + rejected() + queueFull() + shutdown() + inFlight();
    return ended() - gone - failedSum();
  }
}
