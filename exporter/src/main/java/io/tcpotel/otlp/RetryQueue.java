// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
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
 * <p>A request may be the reason that nobody answers it. So it goes behind the others if it had no
 * answer in time or, after a minute, if its connection failed; and once the collector has accepted
 * another one in the meantime, it counts as refused.
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

  /** The time at which each is attempted again, CLOCK_MONOTONIC. */
  private final Map<PendingRequest, Long> refused = new LinkedHashMap<>();

  private final NavigableSet<PendingRequest> waiting =
      new TreeSet<>(Comparator.comparingLong(PendingRequest::number));

  private PendingRequest asking;
  private boolean isPausing;
  private long pauses;
  private long begun;
  private long accepted;
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
  Next ended(PendingRequest request, AttemptEnd end) {
    boolean hasAsked = isAsking(request);
    if (hasAsked) {
      asking = null;
    }
    Next next = next(request, end);
    if (next == Next.DONE) {
      accepted++;
      shortenWaits();
    }
    if (hasAsked && !isPausing) {
      askNext();
    }
    return next;
  }

  private Next next(PendingRequest request, AttemptEnd end) {
    Status status = end.status();
    if (status.isOk()) {
      return Next.DONE;
    }
    long retryInfoMs = end.retryInfoMs();
    if (RequestSize.isTooLarge(status, request.message().getContentLength(), retryInfoMs)) {
      return Next.SPLIT;
    }
    boolean othersAccepted = request.othersAccepted(accepted);
    boolean isAbsent = ABSENT.contains(status.getCode()) && !othersAccepted;
    long delayMs =
        request.schedule().delayMs(status.getCode(), retryInfoMs, isAbsent, nowNs.getAsLong());
    if (delayMs == RetrySchedule.NEVER || retriesEnded) {
      return Next.FAIL;
    }
    if (retryInfoMs > 0 || !isAbsent) {
      waitAlone(request, delayMs);
    } else {
      waitForCollector(request, end, delayMs);
    }
    return Next.RETRY;
  }

  private void waitAlone(PendingRequest request, long delayMs) {
    Long atNs = nowNs.getAsLong() + delayMs * 1_000_000;
    refused.put(request, atNs);
    timer.accept(() -> retryRefused(request, atNs), delayMs);
  }

  /** The map decides who attempts it: its last timer, or {@link #retryNow} before that. */
  private void retryRefused(PendingRequest request, Long atNs) {
    if (refused.remove(request, atNs)) {
      attempt.accept(request);
    }
  }

  /** The collector takes requests: nothing waits longer than it does after the server's silence. */
  private void shortenWaits() {
    if (!refused.isEmpty()) {
      long latestNs = nowNs.getAsLong() + RetrySchedule.LONGEST_BACKOFF_MS * 1_000_000;
      new LinkedHashMap<>(refused)
          .forEach(
              (request, atNs) -> {
                if (atNs - latestNs > 0) {
                  waitAlone(request, RetrySchedule.LONGEST_BACKOFF_MS);
                }
              });
    }
    if (isPausing) {
      askNext();
    }
  }

  private void waitForCollector(PendingRequest request, AttemptEnd end, long delayMs) {
    if (end.status().getCode() == Status.Code.DEADLINE_EXCEEDED
        || end.wasSent()
            && nowNs.getAsLong() - request.begunAtNs() >= RetrySchedule.LONGEST_WAIT_NS) {
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
    new LinkedHashMap<>(refused).forEach(this::retryRefused);
    askNext();
    while (retriesEnded && !waiting.isEmpty()) {
      attempt.accept(waiting.pollFirst());
    }
  }
}
