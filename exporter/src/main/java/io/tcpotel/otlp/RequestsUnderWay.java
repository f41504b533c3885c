// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorSender.Outcome;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.telemetry.RecordBatch;
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
  private final RecordTransport transport;
  private final RequestLimit limit;
  private final boolean keepsCopies;
  private final DeliveryCounts counts;
  private final String items;
  private final Messages messages;
  private final FreeBuffers<RequestBuffer> free;
  private final AtomicInteger underWay = new AtomicInteger();

  /** In the order in which they were sent, with a spool; the reader's thread alone uses it. */
  private final Deque<SentRequest> inOrder = new ArrayDeque<>();

  private boolean isOneAtATime;
  private volatile boolean keepsUnanswered;

  /**
   * @param keepsCopies whether {@link #takeBack} will be called
   * @param items what the requests hold, for messages
   */
  RequestsUnderWay(
      RecordTransport transport,
      RequestLimit limit,
      boolean keepsCopies,
      DeliveryCounts counts,
      String items,
      Messages messages,
      FreeBuffers<RequestBuffer> free) {
    this.transport = transport;
    this.limit = limit;
    this.keepsCopies = keepsCopies;
    this.counts = counts;
    this.items = items;
    this.messages = messages;
    this.free = free;
  }

  /**
   * @param endSequence the number in the spool behind the last record that came from there
   * @param nowNs CLOCK_MONOTONIC
   */
  void send(RequestBuffer buffer, long endSequence, long nowNs) {
    SentRequest request = new SentRequest(buffer, endSequence, nowNs);
    int records = buffer.batch().records();
    if (keepsCopies) {
      inOrder.addLast(request);
    }
    counts.waiting.add(-records);
    counts.handed.add(records);
    counts.sent(records);
    underWay.incrementAndGet();
    try {
      deliver(request);
    } catch (Throwable e) {
      giveUp(request, e);
    }
  }

  private void deliver(SentRequest request) {
    RecordBatch batch = request.buffer().batch();
    batch.seal();
    transport.deliver().accept(batch, outcome -> onOutcome(request, outcome));
  }

  private void onOutcome(SentRequest request, Outcome outcome) {
    try {
      if (goesOn(request, outcome)) {
        return;
      }
    } catch (Throwable e) {
      giveUp(request, e);
      return;
    }
    end(request);
  }

  /** An exception where none is expected: the records without an answer are counted. */
  private void giveUp(SentRequest request, Throwable reason) {
    messages.sayOnceAMinute(
        "request given up " + items, items + ": " + reason + ": a request is dropped and counted");
    counts.failed(Status.Code.INTERNAL, request.giveUp());
    end(request);
  }

  private void end(SentRequest request) {
    request.end();
    underWay.decrementAndGet();
    free.giveBack(request.buffer());
  }

  /** Whether something of the request is under way again, or the end takes it back. */
  private boolean goesOn(SentRequest request, Outcome outcome) {
    RecordBatch batch = request.buffer().batch();
    int bytes = batch.getContentLength();
    if (outcome.tooLarge() && batch.halvePart()) {
      messages.sayOnceAMinute(
          "too large",
          "collector takes no request of " + bytes + " bytes: split; set a smaller request size");
      deliver(request);
      return true;
    }
    if (keepsUnanswered && RetrySchedule.isRetryable(outcome.status().getCode())) {
      underWay.decrementAndGet();
      return true;
    }
    int records = batch.partRecords();
    long rejected =
        outcome.isOk() ? PartialSuccess.rejected(outcome.response(), records, items, messages) : 0;
    if (!request.answerPart(records)) {
      return true;
    }
    count(batch, outcome, rejected);
    if (batch.nextPart()) {
      deliver(request);
      return true;
    }
    return false;
  }

  private void count(RecordBatch batch, Outcome outcome, long rejected) {
    int records = batch.partRecords();
    if (!outcome.isOk()) {
      counts.failed(outcome.status().getCode(), records);
      return;
    }
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

  /** Whether another request may be sent: those under way have had a minute to be answered. */
  boolean mayFollow(long nowNs) {
    return isIdle()
        || inOrder.isEmpty()
        || nowNs - inOrder.getLast().sentAtNs() >= RetrySchedule.LONGEST_WAIT_NS;
  }

  /** Every record before this number of the spool has an answer; 0 if there is nothing new. */
  long answeredSequence() {
    long sequence = 0;
    while (!inOrder.isEmpty() && inOrder.getFirst().isDone()) {
      sequence = inOrder.removeFirst().endSequence();
    }
    while (inOrder.size() > 1 && inOrder.getLast().isDone()) {
      long end = inOrder.removeLast().endSequence();
      inOrder.getLast().setEndSequence(end);
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
    for (SentRequest request : inOrder) {
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
