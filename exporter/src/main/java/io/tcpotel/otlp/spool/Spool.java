// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.Messages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Records that wait on the disk, behind a thread of its own: the reader of the ring must not wait
 * for a disk. The reader and this thread exchange blocks of records; if the disk is too slow the
 * reader keeps its blocks, and if it refuses a block the reader gets it back. Errors are reported.
 */
public final class Spool {
  /** Blocks that are read ahead, so that the reader never waits for the disk. */
  public static final int READ_BLOCKS = 2;

  private static final long SYNC_MS = 1000;

  private final SpoolDirectory directory;
  private final long limitBytes;
  private final SpoolCounts counts;
  private final Messages messages;
  private final Runnable onRead;
  private final Semaphore work = new Semaphore(0);
  private final Queue<RecordBlock> freeToRead = new ConcurrentLinkedQueue<>();
  private final WriteQueue writes = new WriteQueue();
  private final Queue<RecordBlock> toReplay = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile long answered;
  private volatile boolean ending;
  private long syncedAtNs = System.nanoTime();

  /**
   * @param limitBytes of all files
   * @param blockRecords of one block
   * @param onRead called on this spool's thread when records can be taken that could not before
   */
  public Spool(
      Path path,
      long limitBytes,
      int blockRecords,
      SpoolCounts counts,
      Messages messages,
      Runnable onRead) {
    this(path, new SpoolDisk(), limitBytes, blockRecords, counts, messages, onRead);
  }

  Spool(
      Path path,
      SpoolDisk disk,
      long limitBytes,
      int blockRecords,
      SpoolCounts counts,
      Messages messages,
      Runnable onRead) {
    this.counts = counts;
    this.directory = SpoolDirectory.open(path, disk, limitBytes, counts);
    this.limitBytes = limitBytes;
    this.messages = messages;
    this.onRead = onRead;
    for (int i = 0; i < READ_BLOCKS; i++) {
      freeToRead.add(new RecordBlock(blockRecords));
    }
    if (counts.foreignEntries() > 0) {
      messages.say(
          "spool: left alone, since they are none of its files: "
              + counts.foreignEntries()
              + " entries of "
              + path);
    }
    if (!isEmpty()) {
      messages.say("spool: " + counts.pending() + " records of an earlier run in " + path);
    }
    this.thread = Thread.ofPlatform().daemon().name("tcpotel-spool").start(this::run);
  }

  public long limitBytes() {
    return limitBytes;
  }

  /** Whether no record is here, so that a new one need not wait behind others. */
  public boolean isEmpty() {
    return counts.pending() == 0;
  }

  /**
   * Whether {@link #write} may be called.
   *
   * @param nowNs CLOCK_MONOTONIC
   */
  public boolean acceptsBlock(long nowNs) {
    return writes.accepts(nowNs);
  }

  /** Whether no block is on its way to the disk or back. */
  public boolean hasWrittenAll() {
    return writes.isEmpty();
  }

  /**
   * Takes the records of {@code block} over; {@link #pollWritten} returns the block, or {@link
   * #pollRefused} with its records.
   */
  public void write(RecordBlock block) {
    counts.put(block.left());
    writes.add(block);
    work.release();
  }

  /** A block that was written and is free again; null if there is none. */
  public RecordBlock pollWritten() {
    return writes.pollWritten();
  }

  /**
   * The first of the blocks that could not be written, whose records are the reader's again; null
   * if there is none, or while others may follow it.
   */
  public RecordBlock pollRefused(long nowNs) {
    RecordBlock block = writes.pollRefused(nowNs);
    if (block != null) {
      counts.taken(block.left());
    }
    return block;
  }

  /** The next records, to be given back by {@link #giveBack}; null while there are none. */
  public RecordBlock pollReplay() {
    return toReplay.poll();
  }

  /** A record of a block was put into a request. */
  public void taken() {
    counts.taken(1);
  }

  public void giveBack(RecordBlock block) {
    freeToRead.add(block);
    work.release();
  }

  /** All records before {@code sequence} have been answered. */
  public void answered(long sequence) {
    answered = sequence;
  }

  private void run() {
    while (!ending) {
      try {
        if (work.tryAcquire(SYNC_MS, TimeUnit.MILLISECONDS)) {
          work.drainPermits();
        }
      } catch (InterruptedException e) {
        return;
      }
      try {
        work();
      } catch (Throwable e) {
        messages.sayOnceAMinute("spool", "spool: " + e);
      }
    }
  }

  private void work() {
    writeAll();
    attempt("forget answered records", () -> directory.answered(answered));
    readAhead();
    if (System.nanoTime() - syncedAtNs >= TimeUnit.MILLISECONDS.toNanos(SYNC_MS)) {
      syncedAtNs = System.nanoTime();
      attempt("sync", directory::sync);
    }
  }

  private void writeAll() {
    writes.writeAll(block -> attempt("write", () -> directory.append(block)));
  }

  private void readAhead() {
    boolean found = false;
    while (directory.hasUnread() && !freeToRead.isEmpty()) {
      RecordBlock block = freeToRead.poll();
      boolean[] some = new boolean[1];
      attempt("read", () -> some[0] = directory.read(block));
      (some[0] ? toReplay : freeToRead).add(block);
      found |= some[0];
    }
    if (found) {
      onRead.run();
    }
  }

  private interface FileTask {
    void run() throws IOException;
  }

  private boolean attempt(String step, FileTask task) {
    try {
      task.run();
      return true;
    } catch (Throwable e) {
      String reason = e instanceof IOException known ? SpoolError.reason(known) : e.toString();
      messages.sayOnceAMinute("spool " + step, "spool: cannot " + step + ": " + reason);
      return false;
    }
  }

  /**
   * Ends, and leaves the records to the next run, in front of them {@code unanswered}.
   *
   * @param resume the number of the first record that was not taken from here; 0 if none was
   */
  public void finish(UnansweredRecords unanswered, long resume) {
    if (stop()) {
      counts.put(unanswered.count());
      attempt("forget answered records", () -> directory.answered(answered));
      if (!attempt("write", () -> directory.putBack(unanswered, resume))) {
        counts.dropFailed(unanswered.count());
      }
      attempt("close", directory::close);
    }
  }

  /** Ends as a kill would: the next run finds the records that were taken and have no answer. */
  public void close() {
    if (stop()) {
      attempt("close", directory::close);
    }
  }

  /** Ends the thread, once; all blocks are written. */
  private boolean stop() {
    if (ending) {
      return false;
    }
    ending = true;
    work.release();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writeAll();
    counts.dropFailed(writes.refusedRecords());
    return true;
  }
}
