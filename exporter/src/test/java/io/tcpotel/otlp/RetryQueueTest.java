// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.otlp.RetryQueue.Next;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules of retries and order, with a clock and a timer of the test's own. */
class RetryQueueTest {
  private static final long RETRY_FOR_MS = 60_000;
  private static final long LONGEST_BACKOFF_MS = 4000;

  /** The first backoff is between these, with jitter. */
  private static final long BEFORE_FIRST_BACKOFF_MS = 124;

  private static final long FIRST_BACKOFF_MS = 250;

  private final List<String> attempts = new ArrayList<>();
  private final Map<String, PendingRequest> requests = new HashMap<>();
  private final SortedMap<Long, List<Runnable>> tasks = new TreeMap<>();
  private long nowMs = 1_000_000;
  private final RetryQueue queue = new RetryQueue(this::attempt, this::schedule, this::nowNs);

  private record Message(int bytes) implements MessageWriter {
    @Override
    public void writeMessage(OutputStream out) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int getContentLength() {
      return bytes;
    }
  }

  private long nowNs() {
    return nowMs * 1_000_000;
  }

  private void schedule(Runnable task, long delayMs) {
    tasks.computeIfAbsent(nowMs + delayMs, any -> new ArrayList<>()).add(task);
  }

  private void attempt(PendingRequest request) {
    requests.forEach(
        (name, known) -> {
          if (known == request) {
            attempts.add(name);
          }
        });
  }

  private void advance(long ms) {
    long endMs = nowMs + ms;
    while (!tasks.isEmpty() && tasks.firstKey() <= endMs) {
      nowMs = tasks.firstKey();
      tasks.remove(nowMs).forEach(Runnable::run);
    }
    nowMs = endMs;
  }

  private void begin(String... names) {
    for (String name : names) {
      RetrySchedule schedule = RetrySchedule.whileAway(RETRY_FOR_MS * 1_000_000);
      requests.put(name, new PendingRequest(new Message(1000), schedule, any -> {}, nowNs()));
      queue.begin(requests.get(name));
    }
  }

  private Next end(String name, Status.Code code) {
    return end(name, code, RetrySchedule.NEVER, false);
  }

  private Next endWithRetryInfo(String name, Status.Code code, long delayMs) {
    return end(name, code, delayMs, true);
  }

  private Next end(String name, Status.Code code, long retryInfoMs, boolean wasSent) {
    AttemptEnd end = new AttemptEnd(code.toStatus(), retryInfoMs, wasSent);
    return queue.ended(requests.get(name), end);
  }

  private void requireAttempts(String... expected) {
    assertThat(attempts).containsExactly(expected);
    attempts.clear();
  }

  @Test
  void attemptsAnyNumberAtOnceWhileTheCollectorAnswers() {
    begin("a", "b", "c");
    requireAttempts("a", "b", "c");
    assertThat(end("b", Status.Code.OK)).isEqualTo(Next.DONE);
    assertThat(end("a", Status.Code.OK)).isEqualTo(Next.DONE);
    begin("d");
    requireAttempts("d");
  }

  @Test
  void asksAnAbsentCollectorWithOneRequestAndTheOthersFollowInOrder() {
    begin("a", "b", "c");
    attempts.clear();
    assertThat(end("c", Status.Code.UNAVAILABLE)).isEqualTo(Next.RETRY);
    assertThat(end("b", Status.Code.UNAVAILABLE)).isEqualTo(Next.RETRY);
    assertThat(end("a", Status.Code.UNAVAILABLE)).isEqualTo(Next.RETRY);
    begin("d");
    advance(BEFORE_FIRST_BACKOFF_MS);
    requireAttempts();
    advance(LONGEST_BACKOFF_MS);
    requireAttempts("a");
    assertThat(queue.isAsking(requests.get("a"))).isTrue();
    assertThat(queue.isAsking(requests.get("b"))).isFalse();
    begin("e");
    advance(10 * LONGEST_BACKOFF_MS);
    requireAttempts();
    for (String[] step : new String[][] {{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "e"}}) {
      assertThat(end(step[0], Status.Code.OK)).isEqualTo(Next.DONE);
      requireAttempts(step[1]);
    }
    end("e", Status.Code.OK);
    begin("f", "g");
    requireAttempts("f", "g");
  }

  @Test
  void asksAgainWithLongerPausesAndWithoutEnd() {
    begin("a");
    List<Long> pausesMs = new ArrayList<>();
    long endMs = nowMs + 100 * RETRY_FOR_MS;
    while (nowMs < endMs) {
      attempts.clear();
      long beginMs = nowMs;
      assertThat(end("a", Status.Code.UNAVAILABLE)).isEqualTo(Next.RETRY);
      while (attempts.isEmpty()) {
        advance(1);
      }
      pausesMs.add(nowMs - beginMs);
    }
    assertThat(pausesMs.subList(0, 4)).isSorted();
    assertThat(pausesMs.getFirst()).isBetween(125L, FIRST_BACKOFF_MS);
    assertThat(pausesMs.subList(4, pausesMs.size()))
        .allSatisfy(pauseMs -> assertThat(pauseMs).isBetween(2000L, LONGEST_BACKOFF_MS));
  }

  @Test
  void aRequestWithoutAnAnswerGoesBehindTheOthers() {
    begin("a", "b", "c");
    end("b", Status.Code.UNAVAILABLE);
    end("c", Status.Code.UNAVAILABLE);
    end("a", Status.Code.DEADLINE_EXCEEDED);
    attempts.clear();
    advance(FIRST_BACKOFF_MS);
    requireAttempts("b");
    end("b", Status.Code.DEADLINE_EXCEEDED);
    advance(LONGEST_BACKOFF_MS);
    requireAttempts("c");
    end("c", Status.Code.OK);
    requireAttempts("a");
    end("a", Status.Code.OK);
    requireAttempts("b");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"ABORTED", "CANCELLED", "DATA_LOSS", "RESOURCE_EXHAUSTED"})
  void aRefusedRequestWaitsAlone(Status.Code code) {
    begin("a", "b");
    attempts.clear();
    assertThat(end("a", code)).isEqualTo(Next.RETRY);
    begin("c");
    requireAttempts("c");
    advance(BEFORE_FIRST_BACKOFF_MS);
    requireAttempts();
    advance(FIRST_BACKOFF_MS);
    requireAttempts("a");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", "OUT_OF_RANGE"})
  void aServerThatSaysWhenIsBelievedAndIsNotAbsent(Status.Code code) {
    begin("a");
    attempts.clear();
    assertThat(endWithRetryInfo("a", code, 777)).isEqualTo(Next.RETRY);
    begin("b");
    requireAttempts("b");
    advance(776);
    requireAttempts();
    advance(1);
    requireAttempts("a");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "FAILED_PRECONDITION",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAUTHENTICATED"
      })
  void aRefusalForGoodIsNotRetriedAndTheOthersFollow(Status.Code code) {
    begin("a", "b");
    end("a", Status.Code.UNAVAILABLE);
    end("b", Status.Code.UNAVAILABLE);
    attempts.clear();
    advance(FIRST_BACKOFF_MS);
    requireAttempts("a");
    assertThat(end("a", code)).isEqualTo(Next.FAIL);
    requireAttempts("b");
    end("b", Status.Code.OK);
    advance(RETRY_FOR_MS);
    requireAttempts();
  }

  @Test
  void anAskingRequestThatIsRefusedLetsTheOthersFollow() {
    begin("a", "b");
    end("a", Status.Code.UNAVAILABLE);
    end("b", Status.Code.UNAVAILABLE);
    advance(FIRST_BACKOFF_MS);
    attempts.clear();
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.RETRY);
    requireAttempts("b");
    end("b", Status.Code.OK);
    advance(LONGEST_BACKOFF_MS);
    requireAttempts("a");
  }

  @Test
  void givesUpARequestThatIsRefusedTooLongAndCountsNoAbsence() {
    begin("a");
    assertThat(end("a", Status.Code.UNAVAILABLE)).isEqualTo(Next.RETRY);
    advance(10 * RETRY_FOR_MS);
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.RETRY);
    advance(RETRY_FOR_MS - LONGEST_BACKOFF_MS);
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.RETRY);
    advance(LONGEST_BACKOFF_MS);
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.FAIL);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED"})
  void anAbsenceAndASilenceBetweenTwoRefusalsDoNotCount(Status.Code absence) {
    begin("a");
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.RETRY);
    advance(RETRY_FOR_MS / 2);
    for (int i = 0; i < 20; i++) {
      assertThat(end("a", absence)).isEqualTo(Next.RETRY);
      advance(RETRY_FOR_MS);
    }
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.RETRY);
    advance(RETRY_FOR_MS / 2);
    assertThat(end("a", Status.Code.ABORTED)).isEqualTo(Next.FAIL);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED"})
  void aRequestThatFailsWhileOthersAreAcceptedCountsAsRefused(Status.Code code) {
    begin("a", "b0");
    end("a", code);
    end("b0", Status.Code.OK);
    int tries = 1;
    for (; end("a", code) == Next.RETRY; tries++) {
      assertThat(tries).isLessThan(50);
      attempts.clear();
      begin("b" + tries);
      requireAttempts("b" + tries);
      end("b" + tries, Status.Code.OK);
      advance(LONGEST_BACKOFF_MS);
      requireAttempts("a");
    }
    assertThat(tries).isGreaterThan(10);
  }

  @Test
  void aSuccessEndsThePauseOfThoseThatWait() {
    begin("a", "b");
    end("a", Status.Code.UNAVAILABLE);
    attempts.clear();
    end("b", Status.Code.OK);
    requireAttempts("a");
    advance(LONGEST_BACKOFF_MS);
    requireAttempts();
  }

  @Test
  void aSuccessShortensTheWaitThatTheServerHasAskedFor() {
    begin("a", "b", "c");
    endWithRetryInfo("a", Status.Code.UNAVAILABLE, 50_000);
    endWithRetryInfo("b", Status.Code.RESOURCE_EXHAUSTED, 3_000);
    attempts.clear();
    end("c", Status.Code.OK);
    advance(LONGEST_BACKOFF_MS - 1);
    requireAttempts("b");
    advance(1);
    requireAttempts("a");
    endWithRetryInfo("a", Status.Code.UNAVAILABLE, 50_000);
    advance(49_999); // also past the time of the first wait
    requireAttempts();
  }

  @Test
  void afterAMinuteARequestOnWhichConnectionsFailGoesBehindTheOthers() {
    begin("a", "b");
    end("b", Status.Code.UNAVAILABLE);
    end("a", Status.Code.UNAVAILABLE);
    for (long waitedMs : new long[] {0, 0, 60_000}) {
      advance(LONGEST_BACKOFF_MS + waitedMs);
      assertThat(queue.isAsking(requests.get("a"))).isTrue();
      end("a", Status.Code.UNAVAILABLE, RetrySchedule.NEVER, waitedMs == 0);
    }
    advance(LONGEST_BACKOFF_MS); // the last attempt found no connection
    assertThat(queue.isAsking(requests.get("a"))).isTrue();
    end("a", Status.Code.UNAVAILABLE, RetrySchedule.NEVER, true);
    advance(LONGEST_BACKOFF_MS);
    assertThat(queue.isAsking(requests.get("b"))).isTrue();
  }

  @Test
  void attemptsFourTimesWhatExhaustsAServerThatDoesNotSayWhen() {
    begin("a");
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThat(end("a", Status.Code.RESOURCE_EXHAUSTED)).isEqualTo(Next.RETRY);
      advance(LONGEST_BACKOFF_MS);
    }
    assertThat(end("a", Status.Code.RESOURCE_EXHAUSTED)).isEqualTo(Next.FAIL);
    requireAttempts("a", "a", "a", "a");
  }

  @Test
  void splitsATooLargeRequestInsteadOfRetryingIt() {
    begin("a", "b");
    end("b", Status.Code.UNAVAILABLE);
    advance(LONGEST_BACKOFF_MS);
    assertThat(end("b", Status.Code.OUT_OF_RANGE)).isEqualTo(Next.SPLIT);
    assertThat(end("a", Status.Code.OUT_OF_RANGE)).isEqualTo(Next.SPLIT);
    attempts.clear();
    advance(RETRY_FOR_MS);
    requireAttempts();
  }

  @Test
  void retryNowAttemptsEachRefusedRequestAndOneThatWaitsForTheCollector() {
    begin("refused", "a", "b");
    end("refused", Status.Code.ABORTED);
    end("a", Status.Code.UNAVAILABLE);
    end("b", Status.Code.UNAVAILABLE);
    attempts.clear();
    queue.retryNow();
    requireAttempts("refused", "a");
    advance(RETRY_FOR_MS); // the timers that were set before have no effect
    requireAttempts();
    end("a", Status.Code.UNAVAILABLE);
    queue.retryNow();
    requireAttempts("a");
  }

  @Test
  void afterTheEndOfRetriesEachWaitingRequestHasOneMoreAttempt() {
    begin("refused", "a", "b", "c");
    end("refused", Status.Code.ABORTED);
    end("b", Status.Code.UNAVAILABLE);
    end("a", Status.Code.UNAVAILABLE);
    attempts.clear();
    queue.endRetries();
    assertThat(end("c", Status.Code.UNAVAILABLE)).isEqualTo(Next.FAIL);
    queue.retryNow();
    requireAttempts("refused", "a", "b");
    begin("d");
    requireAttempts("d");
    for (String name : new String[] {"refused", "a", "b", "d"}) {
      assertThat(end(name, Status.Code.UNAVAILABLE)).isEqualTo(Next.FAIL);
    }
    advance(RETRY_FOR_MS);
    requireAttempts();
  }
}
