// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Messages;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogBatch;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.LogEnvelope;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A few requests of log records: one that is being filled, the others on their way. A buffer is
 * used again when its request has been answered. One thread calls; results come on the channel's.
 */
final class LogWindow {
  /** Four requests under way, and one buffer that is being filled. */
  private static final int BUFFERS = 5;

  private static final long OLDEST_NS = 200_000_000L;

  /** Of a record in a request, for the number of copies that a buffer has; fewer are rare. */
  private static final int USUAL_RECORD_BYTES = 640;

  private final LogEnvelope envelope;
  private final CollectorSender sender;
  private final long answeredNs;
  private final Messages messages;
  private final LogCounts counts;
  private final Runnable onRoom;
  private final int batchBytes;
  private final BufferSize size;
  private final boolean keepsCopies;
  private final RequestLimit limit;
  private final LogEncoder encoder = new LogEncoder();
  private final Queue<Buffer> free = new ConcurrentLinkedQueue<>();
  private final Deque<Request> inOrder = new ArrayDeque<>();
  private int buffers;
  private Buffer filling;
  private long endSequence;
  private boolean isInOrder;
  private volatile boolean keepsUnanswered;

  /**
   * Memory for a request; {@code copies}, of its records as they came, are null without a spool.
   */
  private record Buffer(LogBatch batch, RecordBlock copies) {}

  /** One that was sent, the {@code endSequence} of the spool behind its records. */
  private static final class Request {
    private final Buffer buffer;
    private final long endSequence;
    private volatile int answeredRecords;
    private volatile boolean answered;

    private Request(Buffer buffer, long endSequence) {
      this.buffer = buffer;
      this.endSequence = endSequence;
    }
  }

  /**
   * @param batchBytes of a request, at most
   * @param keepsCopies whether {@link #unanswered} will be asked for
   * @param onRoom called on the channel's thread when a buffer has become free
   */
  LogWindow(
      LogEnvelope envelope,
      CollectorSender sender,
      LogDelivery.Bounds bounds,
      int batchBytes,
      boolean keepsCopies,
      LogCounts counts,
      Messages messages,
      Runnable onRoom) {
    this.envelope = envelope;
    this.sender = sender;
    this.answeredNs = bounds.retryFor().toNanos();
    this.batchBytes = batchBytes;
    this.size = new BufferSize(firstBytes(envelope, bounds), batchBytes);
    this.keepsCopies = keepsCopies;
    this.counts = counts;
    this.messages = messages;
    this.onRoom = onRoom;
    this.limit = new RequestLimit(batchBytes, envelope.smallestBatchBytes());
  }

  private static int firstBytes(LogEnvelope envelope, LogDelivery.Bounds bounds) {
    return Math.max(bounds.firstRequestBytes(), envelope.smallestBatchBytes());
  }

  /** What a window takes of the memory, at most. */
  static long memoryBytes(int batchBytes, boolean keepsCopies) {
    long copyBytes = keepsCopies ? (long) copies(batchBytes) * RecordBlock.SLOT_BYTES : 0;
    return BUFFERS * (batchBytes + copyBytes);
  }

  private static int copies(int batchBytes) {
    return batchBytes / USUAL_RECORD_BYTES + 1;
  }

  /**
   * Whether {@link #encode} would take a record; that it would not counts for the buffers' size.
   */
  boolean hasRoom() {
    boolean room = hasSpare() || !keepsCopies && filling != null && hasRoom(filling);
    if (!room) {
      size.ranOut();
    }
    return room;
  }

  /** Whether there is a buffer that is not being filled or under way. */
  private boolean hasSpare() {
    return buffers < BUFFERS || !free.isEmpty();
  }

  private static boolean hasRoom(Buffer buffer) {
    return LogEncoder.hasRoom(buffer.batch())
        && (buffer.copies() == null || buffer.copies().hasRoom());
  }

  /**
   * Encodes the end of a connection into a request; false if all are on their way.
   *
   * @param data where {@code connection} is, at {@code offset}
   * @param nowNs CLOCK_MONOTONIC, for the request's age
   */
  boolean encode(
      ConnectionRecord connection,
      MemorySegment data,
      long offset,
      ErrorType error,
      long timeNs,
      long observedNs,
      long nowNs) {
    if (keepsCopies && !hasSpare()) {
      return false; // what cannot be sent soon is better off on the disk than in a request
    }
    if (filling != null && !hasRoom(filling)) {
      if (isInOrder && counts.inFlight() > 0) {
        return false;
      }
      send();
    }
    if (filling == null) {
      filling = takeBuffer(nowNs);
    }
    if (filling == null) {
      return false;
    }
    encoder.append(filling.batch(), connection, error, timeNs, observedNs, nowNs);
    if (filling.copies() != null) {
      filling.copies().add(data, offset, timeNs, observedNs);
    }
    return true;
  }

  /** The last record that was encoded is the one before {@code sequence} in the spool. */
  void encodedBefore(long sequence) {
    endSequence = sequence;
  }

  private Buffer takeBuffer(long nowNs) {
    Buffer buffer = free.poll();
    if (buffer == null && buffers == BUFFERS) {
      return null;
    }
    buffers += buffer == null ? 1 : 0;
    int bytes = size.next(nowNs);
    if (buffer == null || buffer.batch().capacityBytes() != bytes) {
      buffer = newBuffer(bytes);
    }
    buffer.batch().clear(limit.bytes(nowNs));
    if (keepsCopies) {
      buffer.copies().clear();
    }
    return buffer;
  }

  private Buffer newBuffer(int bytes) {
    RecordBlock copies = keepsCopies ? new RecordBlock(copies(bytes)) : null;
    return new Buffer(envelope.newBatch(bytes), copies);
  }

  /**
   * Requests that are under way together may arrive in another order. With {@code isWanted} one has
   * to be answered before the next is sent; without, as soon as none is under way, they are sent
   * together again.
   */
  void setInOrder(boolean isWanted) {
    isInOrder = isWanted || isInOrder && counts.inFlight() > 0;
  }

  /** Sends what was filled long enough ago. */
  void sendOld(long nowNs) {
    boolean open = isInOrder ? counts.inFlight() == 0 : hasSpare();
    if (filling != null && open && nowNs - filling.batch().oldestNs() >= OLDEST_NS) {
      send(); // while all buffers are under way, a request more would only be a smaller one
    }
  }

  /** Sends what was filled. */
  void send() {
    if (filling == null) {
      return;
    }
    Request request = new Request(filling, endSequence);
    int records = filling.batch().records();
    filling = null;
    if (keepsCopies) {
      inOrder.addLast(request);
    }
    counts.handed.add(records);
    counts.inFlight.add(records);
    deliver(request);
  }

  private void deliver(Request request) {
    LogBatch batch = request.buffer.batch();
    envelope.seal(batch);
    sender.deliver(batch, answeredNs, outcome -> onOutcome(request, outcome));
  }

  private void onOutcome(Request request, CollectorSender.Outcome outcome) {
    LogBatch batch = request.buffer.batch();
    if (outcome.tooLarge() && batch.halvePart()) {
      messages.sayOnceAMinute(
          "too large",
          "collector takes no request of "
              + batchBytes
              + " bytes: split; set --request-bytes to what it takes");
      deliver(request);
      return;
    }
    if (keepsUnanswered && RetrySchedule.isRetryable(outcome.status().getCode())) {
      counts.inFlight.add(request.answeredRecords - batch.records());
      return;
    }
    count(batch, outcome);
    request.answeredRecords += batch.partRecords();
    if (batch.nextPart()) {
      deliver(request);
      return;
    }
    request.answered = true;
    free.add(request.buffer);
    onRoom.run();
  }

  private void count(LogBatch batch, CollectorSender.Outcome outcome) {
    int records = batch.partRecords();
    if (outcome.isOk()) {
      long rejected = PartialSuccess.rejected(outcome.response(), records, "log records", messages);
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

  /** Of the spool: every record before this number has an answer. */
  long answeredSequence() {
    long sequence = 0;
    while (!inOrder.isEmpty() && inOrder.getFirst().answered) {
      sequence = inOrder.removeFirst().endSequence;
    }
    return sequence;
  }

  boolean isIdle() {
    return filling == null && counts.inFlight() == 0;
  }

  /** What waits for its next try is tried now. */
  void retryNow() {
    sender.retryNow();
  }

  /** Each request is tried once more and not again. */
  void giveUp() {
    keepsUnanswered = keepsCopies;
    sender.giveUp();
  }

  /** Ends what has no answer. */
  void cancel() {
    sender.cancelAll();
  }

  /** Forgets what is being filled; returns how many records that were. */
  int forgetFilling() {
    int records = filling == null ? 0 : filling.batch().records();
    filling = null;
    return records;
  }

  /** Copies of all records without an answer, in order; the window is done then. */
  List<RecordBlock> unanswered() {
    List<RecordBlock> blocks = new ArrayList<>();
    for (Request request : inOrder) {
      if (!request.answered) {
        request.buffer.copies().skip(request.answeredRecords);
        blocks.add(request.buffer.copies());
      }
    }
    if (filling != null) {
      blocks.add(filling.copies());
      filling = null;
    }
    return blocks;
  }
}
