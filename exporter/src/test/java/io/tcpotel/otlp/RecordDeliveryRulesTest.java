// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tcpotel.Messages;
import io.tcpotel.otlp.spool.SpoolRecords;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Where log records wait, and in which order they leave, without a socket. */
@Timeout(Await.TEST_SECONDS)
class RecordDeliveryRulesTest {
  private static final int REQUEST_BYTES = 16 << 10;
  private static final int QUEUE_BYTES = 16 * REQUEST_BYTES;
  private static final long MS_NS = 1_000_000;

  private static final int BUFFERS = 5;

  @TempDir Path folder;

  private final ScriptedTransport collector = new ScriptedTransport();
  private final AtomicInteger wakeUps = new AtomicInteger();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final RecordImage image = RecordImage.close().generation(0);
  private long nowNs = System.nanoTime();
  private RecordDelivery logs;
  private int added;

  private RecordDelivery open(Path spool) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(QUEUE_BYTES, REQUEST_BYTES, Duration.ofHours(1), spool, 1 << 20);
    logs =
        collector.delivery(bounds, new Messages(new PrintStream(said)), wakeUps::incrementAndGet);
    return logs;
  }

  @AfterEach
  void close() {
    ExportToCollector.requireEquation(logs.counts());
    logs.close();
  }

  private void add(int records) {
    logs.beforeDrain(nowNs, 7);
    for (int i = 0; i < records; i++) {
      added++;
      logs.add(image.socketCookie(added).view(), null, null, 5);
    }
  }

  /** Adds while a reader of the ring would; returns the number of records that it takes. */
  private int addWhileWanted(RingRoom room) {
    int before = added;
    logs.beforeDrain(nowNs, 7);
    while (added - before < 10_000 && logs.wantsNext(room)) {
      added++;
      logs.add(image.socketCookie(added).view(), null, null, 5);
    }
    logs.tick(nowNs);
    return added - before;
  }

  private void tickAfter(long ms) {
    nowNs += ms * MS_NS;
    logs.tick(nowNs);
  }

  private static List<String> ids(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> String.format("%016x", i)).toList();
  }

  /**
   * Waits for the spool's thread. Time passes: a record that comes from the disk meanwhile begins a
   * request, which is sent only when it is old.
   */
  private void await(BooleanSupplier reached) throws InterruptedException {
    while (!reached.getAsBoolean()) {
      tickAfter(1);
      Thread.sleep(1);
    }
  }

  @Test
  void aRequestIsSentWhenItIsFullOrOld() {
    open(null);
    add(3);
    assertThat(logs.counts().waiting()).isEqualTo(3);
    tickAfter(299);
    assertThat(collector.requests()).isZero();
    tickAfter(1);
    assertThat(collector.ids(0)).isEqualTo(ids(1, 4));
    assertThat(logs.counts().inFlight()).isEqualTo(3);
    assertThat(logs.counts().handed()).isEqualTo(3);
    assertThat(logs.counts().waiting()).isZero();
    add(30);
    assertThat(collector.requests()).as("full, and not old").isGreaterThan(1);
  }

  @Test
  void aBurstWaitsInTheRingForAMomentAndThenInMemory() {
    open(null);
    int inRequests = addWhileWanted(RingRoom.SOME);
    assertThat(collector.requests()).isEqualTo(BUFFERS - 1);
    assertThat(addWhileWanted(RingRoom.PLENTY)).isZero();
    nowNs += 99 * MS_NS;
    assertThat(addWhileWanted(RingRoom.PLENTY)).isZero();
    nowNs += MS_NS;
    int inMemory = addWhileWanted(RingRoom.PLENTY);
    assertThat(inMemory).isEqualTo((int) logs.capacity());
    assertThat(addWhileWanted(RingRoom.NONE)).as("memory is full").isZero();
    assertThat(logs.counts().queueFull()).isZero();
    assertThat(said.toString()).isEmpty();
    add(11);
    logs.tick(nowNs);
    assertThat(logs.counts().queueFull()).isEqualTo(11);
    assertThat(said.toString()).contains("the queue's memory is used up");
    assertThat(logs.counts().ended()).isEqualTo(inRequests + inMemory + 11);
  }

  @Test
  void aBurstThatFindsTheRingFullGoesToMemoryAtOnce() {
    open(null);
    addWhileWanted(RingRoom.SOME);
    assertThat(addWhileWanted(RingRoom.NONE)).isEqualTo((int) logs.capacity());
  }

  @Test
  void theReaderIsWokenForAFreeBufferIfItWaitsForOne() {
    open(null);
    add(3);
    tickAfter(300);
    collector.answer(0, Status.Code.OK);
    assertThat(wakeUps).hasValue(0);
    addWhileWanted(RingRoom.SOME);
    collector.answer(1, Status.Code.OK);
    assertThat(wakeUps).hasValue(1);
    assertThat(addWhileWanted(RingRoom.PLENTY)).isPositive();
  }

  @Test
  void recordsThatWaitInMemoryAreSentBeforeNewOnes() {
    open(null);
    addWhileWanted(RingRoom.NONE);
    int inMemory = (int) logs.counts().waiting();
    add(1);
    assertThat(logs.counts().queueFull()).isEqualTo(1);
    for (int request = 0; logs.counts().inFlight() > 0 || logs.counts().waiting() > 0; request++) {
      collector.answer(request, Status.Code.OK);
      tickAfter(300);
    }
    List<String> sent =
        IntStream.range(0, collector.requests())
            .boxed()
            .flatMap(i -> collector.ids(i).stream())
            .toList();
    assertThat(sent).isEqualTo(ids(1, added)).hasSizeGreaterThan(inMemory);
    assertThat(logs.counts().exported()).isEqualTo(added - 1);
  }

  @Test
  void aTooLargeRequestIsHalvedUntilItsPartsAreTaken() {
    open(null);
    add(4);
    tickAfter(300);
    collector.answerTooLarge(0);
    assertThat(collector.ids(1)).isEqualTo(ids(1, 3));
    collector.answerTooLarge(1);
    assertThat(collector.ids(2)).isEqualTo(ids(1, 2));
    collector.answerTooLarge(2);
    assertThat(logs.counts().failed()).as("one record").isEqualTo(Map.of("OUT_OF_RANGE", 1L));
    assertThat(logs.counts().inFlight()).isEqualTo(3);
    for (int part = 3; part < 6; part++) {
      assertThat(collector.ids(part)).isEqualTo(ids(part - 1, part));
      collector.answer(part, Status.Code.OK);
    }
    assertThat(collector.requests()).isEqualTo(6);
    assertThat(logs.counts().exported()).isEqualTo(3);
    assertThat(said.toString()).containsOnlyOnce("split; set a smaller request size");
  }

  @Test
  void rejectedRecordsAreCountedAsSuchAndNoMoreThanWereSent() {
    open(null);
    for (int request = 0; request < 3; request++) {
      add(5);
      tickAfter(300);
      collector.answerRejecting(request, new long[] {2, 1000, -1}[request]);
    }
    assertThat(logs.counts().rejected()).isEqualTo(2 + 5);
    assertThat(logs.counts().exported()).isEqualTo(3 + 5);
  }

  @Test
  void theEndCountsWhatMemoryStillHolds() throws Exception {
    open(null);
    addWhileWanted(RingRoom.NONE);
    long inFlight = logs.counts().inFlight();
    long waiting = logs.counts().waiting();
    logs.finish(System.nanoTime());
    assertThat(logs.counts().shutdown()).isEqualTo(waiting).isPositive();
    assertThat(logs.counts().inFlight()).isEqualTo(inFlight).isPositive();
    assertThat(logs.counts().waiting()).isZero();
    assertThat(collector.calls()).contains("giveUp").doesNotContain("cancelAll");
  }

  @Test
  void theEndSendsARequestThatIsNotOld() throws Exception {
    open(null);
    add(2);
    answerAll();
    logs.finish(System.nanoTime() + 30_000 * MS_NS);
    assertThat(logs.counts().exported()).isEqualTo(2);
    assertThat(collector.calls()).containsExactly("retryNow");
  }

  /** Accepts each request, on a thread of its own. */
  private void answerAll() {
    Thread.startVirtualThread(
        () -> {
          for (int request = 0; ; request++) {
            while (collector.requests() <= request) {
              LockSupport.parkNanos(MS_NS);
            }
            collector.answer(request, Status.Code.OK);
          }
        });
  }

  @Test
  void theEndDropsARequestThatItCannotSendInTime() throws Exception {
    open(null);
    add(3);
    logs.finish(System.nanoTime());
    assertThat(logs.counts().shutdown()).isEqualTo(3);
    assertThat(logs.counts().waiting()).isZero();
    assertThat(collector.requests()).isZero();
  }

  @Test
  void aFlushSendsAllOfMemoryAndGivesNothingUp() throws Exception {
    open(null);
    addWhileWanted(RingRoom.NONE);
    assertThat(logs.flush(System.nanoTime() + 20 * MS_NS)).isFalse();
    assertThat(logs.counts().exported() + logs.counts().shutdown()).isZero();
    answerAll();
    assertThat(logs.flush(System.nanoTime() + 30_000 * MS_NS)).isTrue();
    assertThat(logs.counts().exported()).isEqualTo(added);
    assertThat(collector.calls()).as("nor hurries the collector").isEmpty();
  }

  @Test
  void aFlushSendsTheSpoolAndTheEndLeavesItWhereItIs() throws Exception {
    open(folder.resolve("spool"));
    assertThat(logs.spoolLimitBytes()).isEqualTo(1 << 20);
    int direct = addWhileWanted(RingRoom.SOME);
    nowNs += 100 * MS_NS;
    add(40);
    tickAfter(1000);
    await(() -> logs.counts().spool().pending() == 40);
    answerAll();
    logs.finish(System.nanoTime() + 30_000 * MS_NS);
    assertThat(logs.counts().exported()).isEqualTo(direct);
    assertThat(SpoolRecords.connectionIds(folder.resolve("spool")))
        .containsExactlyInAnyOrderElementsOf(ids(direct + 1, added + 1));
    logs.close();
    open(folder.resolve("spool"));
    assertThat(logs.flush(System.nanoTime() + 30_000 * MS_NS)).isTrue();
    assertThat(logs.counts().exported()).isEqualTo(40);
    assertThat(logs.counts().spool().recovered()).isEqualTo(40);
    await(() -> logs.counts().spool().usageBytes() == 0);
  }

  @Test
  void recordsGoToTheDiskAfterASecondAndNotBefore() throws Exception {
    open(folder.resolve("spool"));
    addWhileWanted(RingRoom.SOME);
    nowNs += 100 * MS_NS;
    int before = added;
    add(10);
    assertThat(added - before).isEqualTo(10);
    tickAfter(999);
    assertThat(logs.counts().spool().pending()).isZero();
    tickAfter(1);
    await(() -> logs.counts().spool().pending() == 10);
    assertThat(logs.counts().waiting()).as("in the last buffer").isEqualTo(1);
    await(() -> logs.counts().spool().usageBytes() > 0);
  }

  @Test
  void recordsGoToTheDiskWhenHalfOfTheMemoryIsUsed() {
    open(folder.resolve("spool"));
    addWhileWanted(RingRoom.SOME);
    nowNs += 100 * MS_NS;
    add((int) logs.capacity() / 2 - 1);
    logs.tick(nowNs);
    assertThat(logs.counts().spool().pending()).isZero();
    add(5); // a block
    logs.tick(nowNs);
    assertThat(logs.counts().spool().pending()).isPositive();
  }

  @Test
  void spooledRecordsAreSentOneRequestAtATimeInOrder() throws Exception {
    open(folder.resolve("spool"));
    int direct = addWhileWanted(RingRoom.SOME);
    nowNs += 100 * MS_NS;
    add(40);
    tickAfter(1000);
    int answered = 0;
    while (logs.counts().exported() < added) {
      long underWay = collector.requests() - answered;
      assertThat(answered < BUFFERS || underWay <= 1).as("one at a time").isTrue();
      if (underWay > 0) {
        collector.answer(answered++, Status.Code.OK);
      }
      nowNs += 200 * MS_NS;
      logs.tick(nowNs);
      Thread.sleep(1);
    }
    List<String> sent =
        IntStream.range(0, answered).boxed().flatMap(i -> collector.ids(i).stream()).toList();
    assertThat(sent).isEqualTo(ids(1, added + 1)).hasSize(direct + 40);
    logs.finish(System.nanoTime() + 30_000 * MS_NS);
    assertThat(SpoolRecords.segments(folder.resolve("spool"))).isEmpty();
  }

  @Test
  void nothingInTheSpoolWaitsBehindOneRequestForMoreThanAMinute() throws Exception {
    Path spool = folder.resolve("spool");
    open(spool);
    addWhileWanted(RingRoom.SOME);
    long sentAtNs = nowNs;
    nowNs += 100 * MS_NS;
    add(60);
    tickAfter(1000);
    int first = collector.requests();
    for (int request = 0; request < first - 1; request++) {
      collector.answer(request, Status.Code.OK);
    }
    await(() -> logs.counts().spool().pending() < 60);
    nowNs = sentAtNs + 59_999 * MS_NS;
    logs.tick(nowNs);
    assertThat(collector.requests()).as("one at a time").isEqualTo(first);
    tickAfter(1);
    assertThat(collector.requests()).as("after a minute").isEqualTo(first + 1);
    collector.answer(first, Status.Code.OK);
    await(() -> collector.requests() == first + 2);
    collector.answer(first - 1, Status.Code.OK);
    for (int request = first + 1; logs.counts().exported() < added; request++) {
      int sent = request;
      await(() -> collector.requests() > sent);
      collector.answer(request, Status.Code.OK);
    }
    logs.finish(System.nanoTime() + 30_000 * MS_NS);
    logs.close();
    assertThat(SpoolRecords.segments(spool)).as("all are answered").isEmpty();
  }

  @Test
  void theEndLeavesEverythingWithoutAnAnswerToTheNextRun() throws Exception {
    Path spool = folder.resolve("spool");
    open(spool);
    add(4);
    tickAfter(300);
    collector.answerTooLarge(0);
    collector.answer(1, Status.Code.OK); // 1 and 2 have arrived
    add(3);
    tickAfter(300);
    add(1);
    logs.finish(System.nanoTime());
    assertThat(collector.calls()).contains("giveUp", "cancelAll");
    assertThat(logs.counts().exported()).isEqualTo(2);
    assertThat(logs.counts().spool().pending()).isEqualTo(6);
    assertThat(logs.counts().inFlight() + logs.counts().waiting()).isZero();
    collector.answer(2, Status.Code.OK); // too late: it counts in the next run
    assertThat(logs.counts().exported()).isEqualTo(2);
    logs.close();
    assertThat(SpoolRecords.connectionIds(spool)).containsExactlyInAnyOrderElementsOf(ids(3, 9));
  }
}
