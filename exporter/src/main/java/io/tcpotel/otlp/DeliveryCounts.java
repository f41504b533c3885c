// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.SpoolCounts;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Where every log record is:
 *
 * <pre>
 * ended + spool.recovered = exported + rejected + failed + queueFull + shutdown + inFlight + waiting
 *                         + spool.pending + spool.full + spool.failed + spool.corrupt
 * </pre>
 *
 * Each term is counted on its own. Other threads move records within {@link ItemCounts} and within
 * {@link SpoolCounts}, the reader's thread everything else: so a {@link #snapshot} on the reader's
 * thread, between two records, is of one moment.
 */
public final class DeliveryCounts extends ItemCounts {
  /** A count that one thread changes and any thread reads; cheaper than an adder. Hot. */
  static final class OwnedCount {
    private final AtomicLong value = new AtomicLong();

    void add(long n) {
      value.setRelease(value.getPlain() + n);
    }

    long sum() {
      return value.getAcquire();
    }
  }

  final OwnedCount ended = new OwnedCount();
  final OwnedCount waiting = new OwnedCount();
  final OwnedCount handed = new OwnedCount();
  final OwnedCount queueFull = new OwnedCount();
  final OwnedCount shutdown = new OwnedCount();
  private final SpoolCounts spool = new SpoolCounts();

  /** The account of one moment. */
  public record Snapshot(
      long ended,
      long exported,
      long rejected,
      long failed,
      long queueFull,
      long shutdown,
      long waiting,
      long inFlight,
      SpoolCounts.Snapshot spool) {}

  /** Of one moment if the reader's thread calls. */
  public synchronized Snapshot snapshot() {
    return new Snapshot(
        ended(),
        exported(),
        rejected(),
        failedSum(),
        queueFull(),
        shutdown(),
        waiting(),
        inFlight(),
        spool.snapshot());
  }

  public long ended() {
    return ended.sum();
  }

  /** Waiting in memory: for a buffer, or in one that is not sent yet. */
  public long waiting() {
    return waiting.sum();
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

  /** Records that went through the spool. */
  public SpoolCounts spool() {
    return spool;
  }
}
