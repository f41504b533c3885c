// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorSender.Outcome;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.telemetry.LogBatch;
import io.tcpotel.telemetry.LogEnvelope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Requests of log records without a final answer. One that is too large is halved until the
 * collector takes its parts. The reader's thread sends; outcomes come on the channel's thread,
 * which counts them and gives the buffer back.
 */
final class RequestsUnderWay {
  private final LogEnvelope envelope;
  private final LogTransport transport;
  private final RequestLimit limit;
  private final boolean keepsCopies;
  private final LogCounts counts;
  private final Messages messages;
  private final FreeBuffers<RequestBuffer> free;
  private final AtomicInteger underWay = new AtomicInteger();

  /** In the order in which they were sent, with a spool; the reader's thread alone uses it. */
  private final Deque<Request> inOrder = new ArrayDeque<>();

  private boolean isOneAtATime;
  private volatile boolean keepsUnanswered;

  /** A request; the channel's thread writes, and the reader's thread at the end. */
  private static final class Request {
    private final RequestBuffer buffer;

    /** The number in the spool behind its records. */
    private final long endSequence;

    private int answeredRecords;
    private boolean isDone;

    private Request(RequestBuffer buffer, long endSequence) {
      this.buffer = buffer;
      this.endSequence = endSequence;
    }

    private synchronized boolean isDone() {
      return isDone;
    }

    /** The present part has an answer; false if {@link #takeBack} came before. */
    private synchronized boolean answerPart(int records) {
      answeredRecords += isDone ? 0 : records;
      return !isDone;
    }

    private synchronized void end() {
      isDone = true;
    }

    /** The copies of the records without an answer; later answers have no effect. */
    private synchronized RecordBlock takeBack() {
      isDone = true;
      buffer.copies().skip(answeredRecords);
      return buffer.copies();
    }
  }

  /**
   * @param keepsCopies whether {@link #takeBack} will be called
   */
  RequestsUnderWay(
      LogEnvelope envelope,
      LogTransport transport,
      RequestLimit limit,
      boolean keepsCopies,
      LogCounts counts,
      Messages messages,
      FreeBuffers<RequestBuffer> free) {
    this.envelope = envelope;
    this.transport = transport;
    this.limit = limit;
    this.keepsCopies = keepsCopies;
    this.counts = counts;
    this.messages = messages;
    this.free = free;
  }

  /**
   * @param endSequence the number in the spool behind the last record that came from there
   */
  void send(RequestBuffer buffer, long endSequence) {
    Request request = new Request(buffer, endSequence);
    int records = buffer.batch().records();
    if (keepsCopies) {
      inOrder.addLast(request);
    }
    counts.waiting.add(-records);
    counts.handed.add(records);
    counts.sent(records);
    underWay.incrementAndGet();
    deliver(request);
  }

  private void deliver(Request request) {
    LogBatch batch = request.buffer.batch();
    envelope.seal(batch);
    transport.deliver().accept(batch, outcome -> onOutcome(request, outcome));
  }

  private void onOutcome(Request request, Outcome outcome) {
    LogBatch batch = request.buffer.batch();
    int bytes = batch.getContentLength();
    if (outcome.tooLarge() && batch.halvePart()) {
      messages.sayOnceAMinute(
          "too large",
          "collector takes no request of " + bytes + " bytes: split; set a smaller request size");
      deliver(request);
      return;
    }
    Status.Code code = outcome.status().getCode();
    if (keepsUnanswered && RetrySchedule.isRetryable(code)) {
      underWay.decrementAndGet();
      return;
    }
    if (!request.answerPart(batch.partRecords())) {
      return;
    }
    count(batch, outcome);
    if (batch.nextPart()) {
      deliver(request);
      return;
    }
    request.end();
    underWay.decrementAndGet();
    free.giveBack(request.buffer);
  }

  private void count(LogBatch batch, Outcome outcome) {
    int records = batch.partRecords();
    if (!outcome.isOk()) {
      counts.failed(outcome.status().getCode(), records);
      return;
    }
    long rejected = PartialSuccess.rejected(outcome.response(), records, "log records", messages);
    counts.accepted(records, rejected);
    if (batch.isSplit()) {
      limit.accepted(batch.getContentLength(), System.nanoTime());
    }
  }

  boolean isIdle() {
    return underWay.get() == 0;
  }

  /**
   * Requests that are under way together may overtake each other. With {@code isWanted} one has to
   * be answered before the next is sent; without, that ends as soon as none is under way.
   */
  void setOneAtATime(boolean isWanted) {
    isOneAtATime = isWanted || isOneAtATime && !isIdle();
  }

  boolean isOneAtATime() {
    return isOneAtATime;
  }

  /** Every record before this number of the spool has an answer; 0 if there is nothing new. */
  long answeredSequence() {
    long sequence = 0;
    while (!inOrder.isEmpty() && inOrder.getFirst().isDone()) {
      sequence = inOrder.removeFirst().endSequence;
    }
    return sequence;
  }

  /** From now on the records of a failed attempt stay, for {@link #takeBack}. */
  void keepUnanswered() {
    keepsUnanswered = keepsCopies;
  }

  /** Takes the records without an answer back, in order; sends nothing afterwards. */
  List<RecordBlock> takeBack() {
    List<RecordBlock> blocks = new ArrayList<>();
    for (Request request : inOrder) {
      if (!request.isDone()) {
        RecordBlock block = request.takeBack();
        counts.takenBack(block.left());
        blocks.add(block);
      }
    }
    inOrder.clear();
    return blocks;
  }
}
