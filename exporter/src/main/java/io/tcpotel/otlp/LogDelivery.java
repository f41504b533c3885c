// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogBatch;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.LogEnvelope;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Takes log records from the ring to the collector within a fixed amount of memory: a few buffers
 * that are filled, sent and filled again, and behind them a backlog for what finds none. What finds
 * no room there either is dropped, and counted. One thread calls; results come on the channel's
 * thread, which only counts and gives the buffer back.
 */
public final class LogDelivery {
  /** Four requests under way, and one buffer that is being filled. */
  private static final int BUFFERS = 5;

  /** Of the memory, one part in this many is a buffer; the rest is backlog. */
  private static final int BUFFER_SHARE = 8;

  private static final long OLDEST_NS = 200_000_000L;
  private static final long ROUND_MS = 2;

  /** At the end there is no time for backoff: every so many rounds, 200 ms, all is tried again. */
  private static final int RETRY_ROUNDS = 100;

  private static final long LAST_WORDS_NS = 300_000_000L;

  private final LogEnvelope envelope;
  private final CollectorSender sender;
  private final Messages messages;
  private final Runnable onRoom;
  private final LogEncoder encoder = new LogEncoder();
  private final ConnectionRecord view = new ConnectionRecord();
  private final RecordBacklog backlog;
  private final int batchBytes;
  private final RequestLimit limit;
  private final long answeredNs;
  private final Queue<LogBatch> free = new ConcurrentLinkedQueue<>();
  private final LogCounts counts = new LogCounts();
  private long nowNs = System.nanoTime();
  private long observedNs;
  private long saidDropped;
  private int buffers;
  private LogBatch filling;

  /**
   * How much at a time, and how long.
   *
   * @param queueBytes memory in all
   * @param requestBytes of a request, at most
   * @param retryFor how long a collector that answers may refuse a request
   */
  public record Bounds(long queueBytes, int requestBytes, Duration retryFor) {}

  /**
   * @param onRoom called on the channel's thread when a buffer has become free while a backlog
   *     waits
   */
  public LogDelivery(
      LogEnvelope envelope,
      CollectorSender sender,
      Bounds bounds,
      Messages messages,
      Runnable onRoom) {
    this.envelope = envelope;
    this.sender = sender;
    this.messages = messages;
    this.onRoom = onRoom;
    this.batchBytes = batchBytes(bounds, envelope.smallestBatchBytes());
    this.limit = new RequestLimit(batchBytes, envelope.smallestBatchBytes());
    this.answeredNs = bounds.retryFor().toNanos();
    this.backlog = new RecordBacklog(bounds.queueBytes() - (long) BUFFERS * batchBytes);
  }

  private static int batchBytes(Bounds bounds, int smallest) {
    if (bounds.requestBytes() < smallest) {
      throw Failure.usage(
          "--request-bytes",
          bounds.requestBytes() + " bytes hold no record",
          "give at least " + ((smallest >> 10) + 1) + "KiB; the default is 1MiB");
    }
    long batchBytes = Math.min(bounds.requestBytes(), bounds.queueBytes() / BUFFER_SHARE);
    if (batchBytes < smallest) {
      throw Failure.usage(
          "--queue-bytes",
          bounds.queueBytes() + " bytes hold no request",
          "give at least "
              + (((long) smallest * BUFFER_SHARE >> 10) + 1)
              + "KiB; the default is 16MiB");
    }
    return (int) batchBytes;
  }

  public LogCounts counts() {
    return counts;
  }

  /** Log records that can wait in memory besides those in requests. */
  public long capacity() {
    return backlog.capacity();
  }

  /** The ring is about to be drained: the time of what is added until {@link #tick}. */
  public void beforeDrain(long nowNs, long observedNs) {
    this.nowNs = nowNs;
    this.observedNs = observedNs;
  }

  /**
   * Takes the end of a connection. {@code connection} is the view of {@code data} at {@code
   * offset}.
   */
  public void add(
      ConnectionRecord connection, MemorySegment data, long offset, ErrorType error, long timeNs) {
    counts.ended.increment();
    if (backlog.isEmpty() && encode(connection, error, timeNs, observedNs)) {
      return;
    }
    if (!backlog.offer(data, offset, timeNs, observedNs)) {
      counts.queueFull.increment();
    }
    counts.backlog = backlog.size();
  }

  private boolean encode(
      ConnectionRecord connection, ErrorType error, long timeNs, long observedNs) {
    if (filling != null && !LogEncoder.hasRoom(filling)) {
      sendFilling();
    }
    if (filling == null) {
      filling = takeBuffer();
    }
    if (filling == null) {
      return false;
    }
    encoder.append(filling, connection, error, timeNs, observedNs, nowNs);
    return true;
  }

  private LogBatch takeBuffer() {
    LogBatch buffer = free.poll();
    if (buffer == null && buffers < BUFFERS) {
      buffers++;
      buffer = envelope.newBatch(batchBytes);
    }
    if (buffer != null) {
      buffer.clear(limit.bytes(nowNs));
    }
    return buffer;
  }

  private void sendFilling() {
    LogBatch batch = filling;
    filling = null;
    counts.handed.add(batch.records());
    counts.inFlight.add(batch.records());
    deliver(batch);
  }

  private void deliver(LogBatch batch) {
    envelope.seal(batch);
    sender.deliver(batch, answeredNs, outcome -> onOutcome(batch, outcome));
  }

  /**
   * Moves on what waits: to be called after each drain, and at least every few tens of
   * milliseconds.
   */
  public void tick(long nowNs) {
    this.nowNs = nowNs;
    sayIfFull();
    while (!backlog.isEmpty()) {
      backlog.peek(view);
      if (!encode(view, ErrorType.of(view), backlog.oldestTimeNs(), backlog.oldestObservedNs())) {
        break;
      }
      backlog.remove();
    }
    counts.backlog = backlog.size();
    boolean windowOpen = buffers < BUFFERS || !free.isEmpty();
    if (filling != null && windowOpen && nowNs - filling.oldestNs() >= OLDEST_NS) {
      sendFilling(); // while all buffers are under way, a request more would only be a smaller one
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

  private void onOutcome(LogBatch batch, CollectorSender.Outcome outcome) {
    if (outcome.tooLarge() && batch.halvePart()) {
      messages.sayOnceAMinute(
          "too large",
          "collector takes no request of "
              + batchBytes
              + " bytes: split; set --request-bytes to what it takes");
      deliver(batch);
      return;
    }
    count(batch, outcome);
    if (batch.nextPart()) {
      deliver(batch);
      return;
    }
    free.add(batch);
    if (counts.backlog > 0) {
      onRoom.run();
    }
  }

  private void count(LogBatch batch, CollectorSender.Outcome outcome) {
    int records = batch.partRecords();
    if (outcome.isOk()) {
      long rejected = rejected(outcome.response(), records);
      counts.exported.add(records - rejected);
      counts.rejected.add(rejected);
      if (batch.isSplit()) {
        limit.accepted(batch.getContentLength(), System.nanoTime());
      }
    } else {
      counts.failed(outcome.status().getCode(), records);
    }
    counts.inFlight.add(-records);
  }

  private long rejected(byte[] response, int records) {
    try {
      ExportLogsPartialSuccess partial =
          ExportLogsServiceResponse.parseFrom(response).getPartialSuccess();
      PartialSuccess.say(
          messages, "log records", partial.getRejectedLogRecords(), partial.getErrorMessage());
      return Math.clamp(partial.getRejectedLogRecords(), 0, records);
    } catch (InvalidProtocolBufferException e) {
      PartialSuccess.sayUnreadable(messages);
      return 0;
    }
  }

  /**
   * Sends everything that waits and returns when it has arrived, or when {@code deadlineNs}
   * (CLOCK_MONOTONIC) has come; what is left then is counted as dropped.
   */
  public void finish(long deadlineNs) throws InterruptedException {
    if (!drainUntil(deadlineNs)) {
      sender.giveUp();
      counts.shutdown.add(backlog.size() + (filling == null ? 0 : filling.records()));
      backlog.close();
      counts.backlog = 0;
      filling = null;
      drainUntil(System.nanoTime() + LAST_WORDS_NS);
    }
  }

  private boolean drainUntil(long deadlineNs) throws InterruptedException {
    for (int round = 0; System.nanoTime() < deadlineNs; round++) {
      tick(System.nanoTime());
      if (backlog.isEmpty() && filling != null) {
        sendFilling();
      }
      if (backlog.isEmpty() && counts.inFlight.sum() == 0) {
        return true;
      }
      if (round % RETRY_ROUNDS == 0) {
        sender.retryNow();
      }
      Thread.sleep(ROUND_MS);
    }
    return false;
  }
}
