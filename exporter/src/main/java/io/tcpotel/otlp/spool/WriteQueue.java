// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * Blocks on their way from the reader of the ring to the disk, and back: written and free again or,
 * if the disk has refused them, with their records. The spool's thread writes; the reader's thread
 * does the rest.
 */
final class WriteQueue {
  private static final int MOST_BLOCKS = 4;

  /** After the disk has refused a block. */
  private static final long AGAIN_NS = 1_000_000_000L;

  private final Queue<RecordBlock> toWrite = new ConcurrentLinkedQueue<>();
  private final Queue<RecordBlock> written = new ConcurrentLinkedQueue<>();
  private final Queue<RecordBlock> refused = new ConcurrentLinkedQueue<>();
  private final AtomicInteger writing = new AtomicInteger();
  private boolean hasRefused;
  private long refusedAtNs;

  /** Whether {@link #add} may be called. */
  boolean accepts(long nowNs) {
    boolean isTime = !hasRefused || nowNs - refusedAtNs >= AGAIN_NS;
    return isTime && writing.get() < MOST_BLOCKS && refused.isEmpty();
  }

  /** Whether all blocks have been written. */
  boolean isEmpty() {
    return writing.get() == 0 && refused.isEmpty();
  }

  void add(RecordBlock block) {
    writing.incrementAndGet();
    toWrite.add(block);
  }

  /** On the spool's thread: after one that is refused all are, so that they stay in order. */
  void writeAll(Predicate<RecordBlock> disk) {
    for (RecordBlock block = toWrite.poll(); block != null; block = toWrite.poll()) {
      boolean ok = refused.isEmpty() && disk.test(block);
      (ok ? written : refused).add(block);
      writing.decrementAndGet();
    }
  }

  /** A block that is free again; null if there is none. */
  RecordBlock pollWritten() {
    return written.poll();
  }

  /** The first of the refused blocks; null if there is none, or while others may follow it. */
  RecordBlock pollRefused(long nowNs) {
    RecordBlock block = writing.get() == 0 ? refused.poll() : null;
    if (block != null) {
      hasRefused = true;
      refusedAtNs = nowNs;
    }
    return block;
  }

  /** Number of records in refused blocks. */
  long refusedRecords() {
    return refused.stream().mapToLong(RecordBlock::left).sum();
  }
}
