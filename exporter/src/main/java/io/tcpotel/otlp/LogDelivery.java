// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.Setting;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogEnvelope;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Takes log records from the ring to the collector within a fixed amount of memory: a few requests,
 * behind them a backlog in memory for what finds no room in one, and between the two, if there is
 * one, a spool on the disk for what has waited too long. What finds no room anywhere is dropped,
 * and counted.
 *
 * <pre>
 * ring -> backlog -> spool -> requests -> collector      oldest records to the right
 *           `---- if the spool is empty ----^
 * `------- if the backlog is, too ---------'
 * </pre>
 *
 * <p>One thread calls; results come on the channel's thread, which only counts and gives the buffer
 * back.
 */
public final class LogDelivery implements AutoCloseable {
  /** Of the memory, one part in this many is a request; the rest is backlog. */
  private static final int BUFFER_SHARE = 8;

  /** What has waited so long goes to the disk: shorter outages do not touch it. */
  private static final long SPOOL_AFTER_NS = 1_000_000_000L;

  /** A collector that answers does so within this time; what waits longer has the backlog. */
  private static final long BURST_NS = 100_000_000L;

  private static final long ROUND_MS = 2;

  /** At the end there is no time for backoff: every so many rounds, 200 ms, all is tried again. */
  private static final int RETRY_ROUNDS = 100;

  private static final long LAST_WORDS_NS = 300_000_000L;

  private final Messages messages;
  private final LogWindow window;
  private final RecordBacklog backlog;
  private final Spool spool;
  private final ConnectionRecord view = new ConnectionRecord();
  private final LogCounts counts = new LogCounts();
  private long nowNs = System.nanoTime();
  private long observedNs;
  private long saidDropped;
  private long backlogSinceNs;
  private long ranOutNs;
  private boolean ringWaits;
  private RecordBlock replay;
  private long resume;
  private boolean replays = true;
  private boolean ending;
  private volatile boolean isWaiting;

  /**
   * How much at a time, and how long.
   *
   * @param queueBytes memory in all
   * @param requestBytes of a request, at most
   * @param firstRequestBytes of a request as long as records need not wait for one
   * @param retryFor how long a collector that answers may refuse a request
   * @param spool directory for what waits longer; null for none
   * @param spoolBytes of its files, at most
   */
  public record Bounds(
      long queueBytes,
      int requestBytes,
      int firstRequestBytes,
      Duration retryFor,
      Path spool,
      long spoolBytes) {
    /** Without a spool, with requests as large as they may be. */
    public Bounds(long queueBytes, int requestBytes, Duration retryFor) {
      this(queueBytes, requestBytes, requestBytes, retryFor, null, 0);
    }
  }

  /**
   * @param onRoom called on another thread when there is room in a request for what waits
   */
  LogDelivery(
      LogEnvelope envelope,
      CollectorSender sender,
      Bounds bounds,
      Messages messages,
      Runnable onRoom) {
    this.messages = messages;
    boolean hasSpool = bounds.spool() != null;
    int batchBytes = batchBytes(bounds, envelope.smallestBatchBytes());
    int blockRecords = Spool.blockRecords(bounds.queueBytes());
    long windowBytes = LogWindow.memoryBytes(batchBytes, hasSpool);
    long spoolBytes = hasSpool ? Spool.memoryBytes(blockRecords) : 0;
    this.backlog =
        new RecordBacklog(
            Math.max(RecordBacklog.SLOT_BYTES, bounds.queueBytes() - windowBytes - spoolBytes));
    this.window =
        new LogWindow(
            envelope,
            sender,
            bounds,
            batchBytes,
            hasSpool,
            counts,
            messages,
            () -> wakeIfWaiting(onRoom));
    this.spool =
        hasSpool
            ? new Spool(bounds.spool(), bounds.spoolBytes(), blockRecords, messages, onRoom)
            : null;
    counts.spool = hasSpool ? spool.counts() : new SpoolCounts();
  }

  private static int batchBytes(Bounds bounds, int smallest) {
    if (bounds.requestBytes() < smallest) {
      throw Failure.usage(
          Setting.REQUEST_BYTES,
          bounds.requestBytes() + " bytes hold no record",
          "give at least " + ((smallest >> 10) + 1) + "KiB; the default is 1MiB");
    }
    long batchBytes = Math.min(bounds.requestBytes(), bounds.queueBytes() / BUFFER_SHARE);
    if (batchBytes < smallest) {
      throw Failure.usage(
          Setting.QUEUE_BYTES,
          bounds.queueBytes() + " bytes hold no request",
          "give at least "
              + (((long) smallest * BUFFER_SHARE >> 10) + 1)
              + "KiB; the default is 16MiB");
    }
    return (int) batchBytes;
  }

  private void wakeIfWaiting(Runnable onRoom) {
    if (isWaiting) {
      onRoom.run();
    }
  }

  public LogCounts counts() {
    return counts;
  }

  /** Log records that can wait in memory besides those in requests. */
  public long capacity() {
    return backlog.capacity();
  }

  /** How large the spool may get; 0 without one. */
  public long spoolLimitBytes() {
    return spool == null ? 0 : spool.limitBytes();
  }

  /** The ring is about to be drained: the time of what is added until {@link #tick}. */
  public void beforeDrain(long nowNs, long observedNs) {
    this.nowNs = nowNs;
    this.observedNs = observedNs;
    ringWaits = false;
  }

  /**
   * Whether to {@link #add} the next record, or to leave it in the ring: there a burst waits for a
   * request to be answered, a moment, and everything if the backlog has no room.
   *
   * @param ringHasRoom whether it can wait there
   */
  public boolean wantsNext(boolean ringHasRoom) {
    if (isDirect() && window.hasRoom()) {
      ranOutNs = nowNs;
      return true;
    }
    boolean isBurst = isDirect() && nowNs - ranOutNs < BURST_NS;
    if (backlog.hasRoom() && !(isBurst && ringHasRoom)) {
      return true;
    }
    ringWaits = true;
    isWaiting = true;
    return isDirect() && window.hasRoom(); // an answer may have come before it saw that we wait
  }

  /**
   * Takes the end of a connection. {@code connection} is the view of {@code data} at {@code
   * offset}.
   */
  public void add(
      ConnectionRecord connection, MemorySegment data, long offset, ErrorType error, long timeNs) {
    counts.ended.increment();
    if (isDirect() && window.encode(connection, data, offset, error, timeNs, observedNs, nowNs)) {
      return;
    }
    if (backlog.isEmpty()) {
      backlogSinceNs = nowNs;
    }
    if (!backlog.offer(data, offset, timeNs, observedNs)) {
      counts.queueFull.increment();
    }
  }

  /** Nothing is older and waits. */
  private boolean isDirect() {
    return backlog.isEmpty() && (spool == null || spool.isEmpty());
  }

  /**
   * Moves on what waits: to be called after each drain, and at least every few tens of
   * milliseconds.
   */
  public void tick(long nowNs) {
    this.nowNs = nowNs;
    sayIfFull();
    if (spool != null) {
      long answered = window.answeredSequence();
      if (answered > 0) {
        spool.answered(answered);
      }
      window.setInOrder(!spool.isEmpty());
      encodeReplayed();
    }
    if (spool == null || spool.isEmpty()) {
      encodeBacklog();
    }
    if (spool != null && isTimeToSpool()) {
      spoolBacklog();
    }
    counts.backlog = backlog.size();
    isWaiting = ringWaits || !isDirect();
    window.sendOld(nowNs);
  }

  private void encodeReplayed() {
    while (replays) {
      if (replay == null) {
        replay = spool.pollReplay();
      }
      if (replay == null) {
        return;
      }
      while (replay.hasNext()) {
        replay.peek(view);
        if (!encode(
            replay.memory(), replay.nextOffset(), replay.nextTimeNs(), replay.nextObservedNs())) {
          return;
        }
        resume = replay.nextSequence() + 1;
        window.encodedBefore(resume);
        replay.skip(1);
        spool.taken();
      }
      spool.giveBack(replay);
      replay = null;
    }
  }

  private void encodeBacklog() {
    while (!backlog.isEmpty()) {
      backlog.peek(view);
      if (!encode(
          backlog.memory(),
          backlog.oldestOffset(),
          backlog.oldestTimeNs(),
          backlog.oldestObservedNs())) {
        return;
      }
      backlog.remove();
    }
  }

  private boolean encode(MemorySegment data, long offset, long timeNs, long recordObservedNs) {
    ErrorType error = ErrorType.of(view);
    return window.encode(view, data, offset, error, timeNs, recordObservedNs, nowNs);
  }

  private boolean isTimeToSpool() {
    return !backlog.isEmpty()
        && (ending
            || !spool.isEmpty()
            || backlog.size() * 2 >= backlog.capacity()
            || nowNs - backlogSinceNs >= SPOOL_AFTER_NS);
  }

  private void spoolBacklog() {
    while (!backlog.isEmpty()) {
      RecordBlock block = spool.takeFree();
      if (block == null) {
        return; // the disk is slower: what waits stays in memory as long as it fits
      }
      block.takeFrom(backlog);
      spool.write(block);
    }
  }

  private void sayIfFull() {
    long dropped = counts.queueFull();
    if (dropped > saidDropped) {
      saidDropped = dropped;
      messages.sayOnceAMinute(
          "queue full", "log records are dropped and counted: --queue-bytes is used up");
    }
  }

  /**
   * Sends everything that waits, in the spool too; false if not all of it has an answer by {@code
   * deadlineNs} (CLOCK_MONOTONIC): nothing is given up then, and it can be called again.
   */
  public boolean flush(long deadlineNs) throws InterruptedException {
    while (System.nanoTime() < deadlineNs) {
      tick(System.nanoTime());
      if (isDirect()) {
        window.send();
      }
      if (isDirect() && window.isIdle()) {
        return true;
      }
      Thread.sleep(ROUND_MS);
    }
    return false;
  }

  /**
   * Sends everything that waits in memory and returns when it has arrived, or soon after {@code
   * deadlineNs} (CLOCK_MONOTONIC): what is left then goes to the spool, or is counted as dropped.
   */
  public void finish(long deadlineNs) throws InterruptedException {
    replays = false; // what is on the disk is safe there
    boolean arrived = drainUntil(deadlineNs);
    if (!arrived) {
      window.giveUp();
      ending = true;
      if (spool == null) {
        counts.shutdown.add(backlog.size() + window.forgetFilling());
        backlog.close();
        counts.backlog = 0;
      }
      drainUntil(System.nanoTime() + LAST_WORDS_NS);
    }
    if (spool != null) {
      closeSpool();
    }
  }

  private boolean drainUntil(long deadlineNs) throws InterruptedException {
    for (int round = 0; System.nanoTime() < deadlineNs; round++) {
      tick(System.nanoTime());
      if (backlog.isEmpty()) {
        window.send();
      }
      if (backlog.isEmpty() && window.isIdle()) {
        return true;
      }
      if (round % RETRY_ROUNDS == 0) {
        window.retryNow();
      }
      Thread.sleep(ROUND_MS);
    }
    return false;
  }

  private void closeSpool() throws InterruptedException {
    ending = true;
    window.cancel();
    drainUntil(System.nanoTime() + LAST_WORDS_NS);
    counts.shutdown.add(backlog.size()); // the disk is too slow
    backlog.close();
    counts.backlog = 0;
    spool.finish(window.unanswered(), resume);
  }

  /** Ends at once; {@link #finish} comes before, or what is in memory is lost. */
  @Override
  public void close() {
    if (spool != null) {
      spool.close();
    }
  }
}
