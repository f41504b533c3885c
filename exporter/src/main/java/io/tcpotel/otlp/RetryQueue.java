// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Metadata;
import io.grpc.Status;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;

/**
 * Decides when one signal's requests are attempted. A request that the collector refuses is
 * attempted again by itself, when its {@link RetrySchedule} says. An absent collector is asked with
 * one request; the others wait behind it, and once the collector answers they follow one by one, in
 * the order in which they were sent, until none waits.
 *
 * <p>One thread calls, the channel's, and the timer runs its tasks there; {@link #endRetries} alone
 * may be called by any thread.
 */
final class RetryQueue {
  /** Status codes of an absent collector: the request is not at fault. */
  private static final Set<Status.Code> ABSENT =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED);

  /** What follows a failed or successful attempt. */
  enum Next {
    /** The collector accepted the request. */
    DONE,
    /** The collector takes smaller requests. */
    SPLIT,
    /** The queue attempts it again. */
    RETRY,
    /** No further attempt. */
    FAIL
  }

  private final Consumer<PendingRequest> attempt;
  private final ObjLongConsumer<Runnable> timer;
  private final LongSupplier nowNs;
  private final Set<PendingRequest> refused = new LinkedHashSet<>();
  private final NavigableSet<PendingRequest> waiting =
      new TreeSet<>(Comparator.comparingLong(PendingRequest::number));

  private PendingRequest asking;
  private boolean isPausing;
  private long pauses;
  private long begun;
  private volatile boolean retriesEnded;

  /**
   * @param attempt starts an attempt; its end is reported to {@link #ended}
   * @param timer runs a task after some ms
   * @param nowNs CLOCK_MONOTONIC
   */
  RetryQueue(
      Consumer<PendingRequest> attempt, ObjLongConsumer<Runnable> timer, LongSupplier nowNs) {
    this.attempt = attempt;
    this.timer = timer;
    this.nowNs = nowNs;
  }

  /** Attempts a new request now or, while the collector is absent, after those before it. */
  void begin(PendingRequest request) {
    request.setNumber(begun++);
    if (waiting.isEmpty() && asking == null || retriesEnded) {
      attempt.accept(request);
    } else {
      waiting.add(request);
    }
  }

  /** Whether {@code request} is the one that finds out whether the collector is back. */
  boolean isAsking(PendingRequest request) {
    return request == asking;
  }

  /**
   * An attempt has ended. The queue keeps the request if it returns {@link Next#RETRY}, and has
   * nothing more to do with it otherwise.
   */
  Next ended(PendingRequest request, Status status, Metadata trailers) {
    boolean hasAsked = isAsking(request);
    if (hasAsked) {
      asking = null;
    }
    Next next = next(request, status, trailers);
    if (hasAsked && !isPausing) {
      askNext();
    }
    return next;
  }

  private Next next(PendingRequest request, Status status, Metadata trailers) {
    if (status.isOk()) {
      return Next.DONE;
    }
    long retryInfoMs = RetrySchedule.retryInfoMs(status, trailers);
    if (RequestSize.isTooLarge(status, request.message().getContentLength(), retryInfoMs)) {
      return Next.SPLIT;
    }
    Status.Code code = status.getCode();
    long delayMs = request.schedule().delayMs(code, retryInfoMs, nowNs.getAsLong());
    if (delayMs == RetrySchedule.NEVER || retriesEnded) {
      return Next.FAIL;
    }
    if (retryInfoMs > 0 || !ABSENT.contains(code)) {
      refused.add(request);
      timer.accept(() -> retryRefused(request), delayMs);
    } else {
      waitForCollector(request, code, delayMs);
    }
    return Next.RETRY;
  }

  /** The set decides who attempts it: its timer, or {@link #retryNow} before that. */
  private void retryRefused(PendingRequest request) {
    if (refused.remove(request)) {
      attempt.accept(request);
    }
  }

  private void waitForCollector(PendingRequest request, Status.Code code, long delayMs) {
    if (code == Status.Code.DEADLINE_EXCEEDED) {
      // This request may be the reason: the next one asks, and this one goes to the end.
      request.setNumber(begun++);
    }
    waiting.add(request);
    if (!isPausing) {
      isPausing = true;
      long pause = ++pauses;
      timer.accept(() -> endPause(pause), delayMs);
    }
  }

  /** Does nothing if {@link #retryNow} ended that pause before its timer. */
  private void endPause(long pause) {
    if (isPausing && pause == pauses) {
      askNext();
    }
  }

  private void askNext() {
    isPausing = false;
    if (asking == null && !waiting.isEmpty()) {
      asking = waiting.pollFirst();
      attempt.accept(asking);
    }
  }

  /** From now on no failed request is attempted again. From any thread. */
  void endRetries() {
    retriesEnded = true;
  }

  /** Attempts at once the requests that wait: after {@link #endRetries} all of them. */
  void retryNow() {
    List.copyOf(refused).forEach(this::retryRefused);
    askNext();
    while (retriesEnded && !waiting.isEmpty()) {
      attempt.accept(waiting.pollFirst());
    }
  }
}
