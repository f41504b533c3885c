// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Messages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Records that wait on the disk, behind a thread of its own: the reader of the ring must not wait
 * for a disk. It hands blocks of records over and gets them back, in order, in blocks too; there
 * are a few, and who finds none does without. What the disk does not take is counted, and said.
 */
final class Spool {
  /** On their way to the disk. */
  private static final int WRITE_BLOCKS = 4;

  /** Read ahead, so that the reader never waits for the disk. */
  private static final int READ_BLOCKS = 2;

  private static final int LARGEST_BLOCK_RECORDS = 256;
  private static final long SYNC_MS = 1000;

  private final SpoolDirectory directory;
  private final long limitBytes;
  private final SpoolCounts counts;
  private final Messages messages;
  private final Runnable onRead;
  private final Semaphore work = new Semaphore(0);
  private final Queue<RecordBlock> freeToWrite = new ConcurrentLinkedQueue<>();
  private final Queue<RecordBlock> freeToRead = new ConcurrentLinkedQueue<>();
  private final Queue<RecordBlock> toWrite = new ConcurrentLinkedQueue<>();
  private final Queue<RecordBlock> toReplay = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile long answered;
  private volatile boolean ending;
  private long syncedNs = System.nanoTime();

  /**
   * @param limitBytes of all files
   * @param blockRecords of one block
   * @param onRead called on this spool's thread when records can be taken that could not before
   */
  Spool(Path path, long limitBytes, int blockRecords, Messages messages, Runnable onRead) {
    this.counts = new SpoolCounts();
    this.directory = SpoolDirectory.open(path, limitBytes, counts);
    this.limitBytes = limitBytes;
    this.messages = messages;
    this.onRead = onRead;
    for (int i = 0; i < WRITE_BLOCKS; i++) {
      freeToWrite.add(new RecordBlock(blockRecords));
    }
    for (int i = 0; i < READ_BLOCKS; i++) {
      freeToRead.add(new RecordBlock(blockRecords));
    }
    if (!isEmpty()) {
      messages.say("spool: " + counts.pending() + " records of an earlier run in " + path);
    }
    this.thread = Thread.ofPlatform().daemon().name("tcpotel-spool").start(this::run);
  }

  /** How many records a block should have, of {@code queueBytes} of memory in all. */
  static int blockRecords(long queueBytes) {
    long share = queueBytes / 128 / RecordBlock.SLOT_BYTES;
    return Math.clamp(share, 1, LARGEST_BLOCK_RECORDS);
  }

  /** What the blocks take. */
  static long memoryBytes(int blockRecords) {
    return (long) (WRITE_BLOCKS + READ_BLOCKS) * blockRecords * RecordBlock.SLOT_BYTES;
  }

  SpoolCounts counts() {
    return counts;
  }

  long limitBytes() {
    return limitBytes;
  }

  /** Whether no record is here, so that one that comes now need not wait behind others. */
  boolean isEmpty() {
    return counts.pending() == 0;
  }

  /** An empty block to be filled and given to {@link #write}; null while all are on their way. */
  RecordBlock takeFree() {
    RecordBlock block = freeToWrite.poll();
    if (block != null) {
      block.clear();
    }
    return block;
  }

  /** Takes the records of {@code block} over. */
  void write(RecordBlock block) {
    counts.pending.addAndGet(block.size());
    toWrite.add(block);
    work.release();
  }

  /** The next records, to be given back to {@link #giveBack}; null while there are none. */
  RecordBlock pollReplay() {
    return toReplay.poll();
  }

  /** A record of a block was put into a request. */
  void taken() {
    counts.pending.decrementAndGet();
  }

  void giveBack(RecordBlock block) {
    freeToRead.add(block);
    work.release();
  }

  /** All records before {@code sequence} have been answered. */
  void answered(long sequence) {
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
      work();
    }
  }

  private void work() {
    writeAll();
    attempt("forget what was sent", () -> directory.answered(answered));
    readAhead();
    if (System.nanoTime() - syncedNs >= TimeUnit.MILLISECONDS.toNanos(SYNC_MS)) {
      syncedNs = System.nanoTime();
      attempt("sync", directory::sync);
    }
  }

  private void writeAll() {
    for (RecordBlock block = toWrite.poll(); block != null; block = toWrite.poll()) {
      RecordBlock records = block;
      if (!attempt("write", () -> directory.append(records))) {
        counts.failed.add(block.size());
        counts.pending.addAndGet(-block.size());
      }
      freeToWrite.add(block);
    }
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

  private boolean attempt(String what, FileTask task) {
    try {
      task.run();
      return true;
    } catch (IOException e) {
      messages.sayOnceAMinute(
          "spool " + what, "--spool: cannot " + what + ": " + SpoolError.reason(e));
      return false;
    }
  }

  /**
   * Ends, and keeps what is here for the next run, and in front of it {@code unanswered}: all that
   * was taken from here and has no answer, and what never was here.
   *
   * @param resume see {@link SpoolDirectory#putBack}
   */
  void finish(List<RecordBlock> unanswered, long resume) {
    if (stop()) {
      attempt("forget what was sent", () -> directory.answered(answered));
      if (!attempt("write", () -> directory.putBack(unanswered, resume))) {
        unanswered.forEach(block -> counts.failed.add(block.left()));
      }
      attempt("close", directory::close);
    }
  }

  /** Ends as a kill would: what was taken and has no answer is here in the next run. */
  void close() {
    if (stop()) {
      attempt("close", directory::close);
    }
  }

  /** Ends the thread, once; what was handed over is written. */
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
    return true;
  }
}
