// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.otlp.spool.Spool;
import io.tcpotel.otlp.spool.UnansweredRecords;
import io.tcpotel.record.ConnectionRecord;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One queue of the records that found no room in a request: a backlog in memory and, if there is
 * one, the spool on the disk in front of it. The reader's thread alone uses it. Hot: {@link #add}.
 *
 * <pre>
 * new records -> backlog -> spool -> oldest record
 *                   `-- if the spool is empty --^
 * </pre>
 */
final class WaitingRecords {
  /** Records that have waited so long go to the disk: shorter outages do not touch it. */
  private static final long SPOOL_AFTER_NS = 1_000_000_000L;

  private final RecordBacklog backlog;
  private final Spool spool;
  private final DeliveryCounts counts;
  private RecordBlock replay;
  private long takenBefore;
  private long backlogSinceNs;
  private boolean readsSpool = true;
  private boolean spoolsAtOnce;

  /**
   * @param spool null for none
   */
  WaitingRecords(RecordBacklog backlog, Spool spool, DeliveryCounts counts) {
    this.backlog = backlog;
    this.spool = spool;
    this.counts = counts;
  }

  /** Log records that can wait in memory. */
  long capacity() {
    return backlog.capacity();
  }

  /** The largest size of the spool; 0 without one. */
  long spoolLimitBytes() {
    return spool == null ? 0 : spool.limitBytes();
  }

  boolean hasSpool() {
    return spool != null;
  }

  /** Nothing waits. */
  boolean isEmpty() {
    return backlog.isEmpty() && !isSpooled();
  }

  /** Nothing waits in memory. */
  boolean isMemoryEmpty() {
    return backlog.isEmpty() && (spool == null || spool.hasWrittenAll());
  }

  /** Some records wait on the disk. */
  boolean isSpooled() {
    return spool != null && !spool.isEmpty();
  }

  /** Whether {@link #add} would take a record. */
  boolean hasRoom() {
    takeWrittenBlocks();
    return backlog.hasRoom();
  }

  private void takeWrittenBlocks() {
    if (spool == null) {
      return;
    }
    for (RecordBlock block = spool.pollWritten(); block != null; block = spool.pollWritten()) {
      backlog.giveBack(block);
    }
  }

  /** The disk has refused some blocks: their records are the oldest in memory again. */
  private void takeRefusedBlocks(long nowNs) {
    Deque<RecordBlock> newestFirst = new ArrayDeque<>();
    for (RecordBlock block = spool.pollRefused(nowNs);
        block != null;
        block = spool.pollRefused(nowNs)) {
      newestFirst.addFirst(block);
    }
    for (RecordBlock block : newestFirst) {
      counts.waiting.add(block.left());
      backlog.putBack(block);
    }
  }

  /** Copies a record behind the others; false if there is no memory. */
  boolean add(ConnectionRecord connection, long timeNs, long observedNs, long nowNs) {
    if (backlog.isEmpty()) {
      backlogSinceNs = nowNs;
    }
    return backlog.add(connection, timeNs, observedNs);
  }

  /**
   * The block with the oldest record as its next, to be taken by {@link #remove}; null if there is
   * none, or while the disk is read.
   */
  RecordBlock next() {
    if (!isSpooled()) {
      return backlog.first();
    }
    if (replay == null && readsSpool) {
      replay = spool.pollReplay();
    }
    return readsSpool ? replay : null;
  }

  /** The oldest record is in a request. */
  void remove() {
    if (replay == null) {
      backlog.remove();
      return;
    }
    takenBefore = replay.nextSequence() + 1;
    replay.skip(1);
    counts.waiting.add(1);
    spool.taken();
    if (!replay.hasNext()) {
      spool.giveBack(replay);
      replay = null;
    }
  }

  /** The number in the spool behind the last record that was taken from there; 0 if none was. */
  long takenBefore() {
    return takenBefore;
  }

  /** All records before {@code sequence} of the spool have an answer; 0 changes nothing. */
  void answered(long sequence) {
    if (sequence > 0) {
      spool.answered(sequence);
    }
  }

  /**
   * Hands records over to the spool if they have waited long enough, if others are there, or if
   * half of the memory is used; takes those back that the disk has refused.
   */
  void moveToSpool(long nowNs) {
    if (spool == null) {
      return;
    }
    takeWrittenBlocks();
    if (!spool.hasWrittenAll()) {
      takeRefusedBlocks(nowNs);
    }
    if (isTimeToSpool(nowNs)) {
      while (!backlog.isEmpty() && spool.acceptsBlock(nowNs)) {
        RecordBlock block = backlog.removeBlock();
        counts.waiting.add(-block.left());
        spool.write(block);
      }
    }
  }

  private boolean isTimeToSpool(long nowNs) {
    return spoolsAtOnce
        || isSpooled()
        || backlog.size() * 2 >= backlog.capacity()
        || nowNs - backlogSinceNs >= SPOOL_AFTER_NS;
  }

  /** From now on records of the spool stay there: they are safe. */
  void stopReadingSpool() {
    readsSpool = false;
  }

  /** From now on records go to the spool without delay. */
  void spoolAtOnce() {
    spoolsAtOnce = true;
  }

  /** Drops the records in memory, because the program ends. */
  void dropMemory() {
    counts.shutdown.add(backlog.size());
    counts.waiting.add(-backlog.size());
    backlog.clear();
  }

  /** Ends; the spool keeps its records and, in front of them, {@code unanswered}. */
  void finish(UnansweredRecords unanswered) {
    spool.finish(unanswered, takenBefore);
  }

  /** Ends without more ado. */
  void close() {
    if (spool != null) {
      spool.close();
    }
  }
}
