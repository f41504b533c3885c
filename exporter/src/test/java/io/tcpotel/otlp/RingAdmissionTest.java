// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.Messages;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When records wait in the ring, and when in memory. */
@Timeout(Await.TEST_SECONDS)
class RingAdmissionTest {
  private static final int REQUEST_BYTES = 16 << 10;
  private static final int QUEUE_BYTES = 16 * REQUEST_BYTES;
  private static final long MS_NS = 1_000_000;
  private static final int ENDLESS = 100_000;

  /** Told of a record only if it has not waited in memory. */
  private static final Workload PEER = peer();

  @TempDir Path folder;

  private final ScriptedTransport collector = new ScriptedTransport();
  private final AtomicInteger wakeUps = new AtomicInteger();
  private final RecordImage image = RecordImage.close().generation(0);
  private long nowNs = System.nanoTime();
  private RecordDelivery logs;
  private int added;
  private int answered;

  private static Workload peer() {
    String path = "/kubepods/pod00000000-0000-4000-8000-000000000007/" + "9".repeat(64);
    return new WorkloadTable(id -> path, id -> false, 8).of(3);
  }

  private void open(Path spool) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(QUEUE_BYTES, REQUEST_BYTES, Duration.ofHours(1), spool, 1 << 20);
    Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
    logs = collector.delivery(bounds, messages, wakeUps::incrementAndGet);
  }

  @AfterEach
  void close() {
    ExportToCollector.requireEquation(logs.counts());
    logs.close();
  }

  /** Takes records as a reader of the ring would; returns their number, at most {@code most}. */
  private int take(int most, RingRoom room) {
    int before = added;
    while (added - before < most && logs.wantsNext(room)) {
      added++;
      logs.add(image.socketCookie(added).view(), null, PEER, 5);
    }
    return added - before;
  }

  private int drain(int most, RingRoom room) {
    logs.beforeDrain(nowNs, 7);
    int taken = take(most, room);
    logs.tick(nowNs);
    return taken;
  }

  /** Fills all requests; then {@code records} go to memory, since none was answered for long. */
  private void stall(int records) {
    assertThat(drain(ENDLESS, RingRoom.SOME)).isPositive();
    nowNs += 100 * MS_NS;
    assertThat(drain(records, RingRoom.PLENTY)).isEqualTo(records);
  }

  private void answerNext() {
    collector.answer(answered++, Status.Code.OK);
  }

  private void answerAll() {
    while (logs.counts().inFlight() > 0 || logs.counts().waiting() > 0) {
      while (answered < collector.requests()) {
        answerNext();
      }
      nowNs += 300 * MS_NS;
      logs.tick(nowNs);
    }
  }

  private static boolean hasPeer(LogRecord sent) {
    return sent.getAttributesList().stream()
        .anyMatch(attribute -> attribute.getKey().equals("tcpotel.peer.container.id"));
  }

  /** Records that were in memory on their way into a request. */
  private long throughMemory() {
    return IntStream.range(0, collector.requests())
        .mapToObj(collector::records)
        .flatMap(records -> records.stream())
        .filter(sent -> !hasPeer(sent))
        .count();
  }

  @Test
  void aCollectorThatAnswersSoonNeedsTwoBuffers() {
    open(null);
    int two = drain(ENDLESS, RingRoom.PLENTY);
    assertThat(collector.requests()).isEqualTo(1);
    for (int i = 0; i < 20; i++) {
      answerNext();
      nowNs += 99 * MS_NS;
      assertThat(drain(ENDLESS, RingRoom.PLENTY)).isBetween(two / 2 - 1, two / 2 + 1);
    }
    assertThat(logs.counts().inFlight()).isBetween(two / 2L - 1, two / 2L + 1);
    answerAll();
    assertThat(throughMemory()).isZero();
  }

  @Test
  void withoutAnAnswerThereIsOneMoreBufferEach100Ms() {
    open(null);
    drain(ENDLESS, RingRoom.PLENTY);
    for (int requests = 2; requests <= 4; requests++) {
      assertThat(drain(ENDLESS, RingRoom.PLENTY)).isZero();
      nowNs += 100 * MS_NS;
      assertThat(drain(ENDLESS, RingRoom.PLENTY)).isPositive();
      assertThat(collector.requests()).isEqualTo(requests);
    }
    assertThat(throughMemory()).isZero();
    answerAll();
  }

  @Test
  void aBurstThatFillsTheRingGetsAllBuffersAtOnce() {
    open(null);
    drain(ENDLESS, RingRoom.SOME);
    assertThat(collector.requests()).isEqualTo(4);
    answerAll();
    assertThat(throughMemory()).isZero();
  }

  @Test
  void aRecordThatWasAdmittedAndFindsNoRoomGetsABufferOfItsOwn() {
    open(null);
    drain(ENDLESS, RingRoom.PLENTY);
    added++;
    logs.add(image.socketCookie(added).view(), null, PEER, 5);
    answerAll();
    assertThat(logs.counts().exported()).isEqualTo(added);
    assertThat(throughMemory()).isZero();
  }

  @Test
  void oldRecordsAreSentThoughNoRequestIsAnswered() {
    open(null);
    for (int requests = 1; requests <= 4; requests++) {
      assertThat(drain(1, RingRoom.PLENTY)).isEqualTo(1);
      nowNs += 300 * MS_NS;
      logs.tick(nowNs);
      assertThat(collector.requests()).isEqualTo(requests);
    }
    assertThat(drain(1, RingRoom.PLENTY)).isEqualTo(1);
    nowNs += 300 * MS_NS;
    logs.tick(nowNs);
    assertThat(collector.requests()).as("the last buffer is filled first").isEqualTo(4);
    answerAll();
  }

  @Test
  void onceRequestsHaveRoomAgainNoRecordGoesThroughMemory() {
    open(null);
    stall(60);
    int before = added;
    for (int i = 0; i < 40; i++) {
      answerNext();
      nowNs += 5 * MS_NS;
      drain(ENDLESS, RingRoom.PLENTY);
    }
    assertThat(added - before).as("after the stall").isGreaterThan(200);
    answerAll();
    assertThat(logs.counts().exported()).isEqualTo(added);
    assertThat(throughMemory()).isEqualTo(60);
  }

  @Test
  void whatWaitsInMemoryIsEncodedBeforeTheRingIsRead() {
    open(null);
    stall(3);
    answerNext();
    logs.beforeDrain(nowNs, 7);
    assertThat(take(2, RingRoom.NONE)).isEqualTo(2);
    answerAll();
    assertThat(throughMemory()).isEqualTo(3);
  }

  @Test
  void behindRecordsInMemoryOneWaitsInTheRingWhileThatHasPlentyOfRoom() {
    open(null);
    stall(60);
    assertThat(drain(2, RingRoom.PLENTY)).as("no request has had room for long").isEqualTo(2);
    answerNext();
    logs.tick(nowNs);
    assertThat(drain(ENDLESS, RingRoom.PLENTY)).isZero();
    assertThat(drain(2, RingRoom.SOME)).isEqualTo(2);
    nowNs += 99 * MS_NS;
    assertThat(drain(ENDLESS, RingRoom.PLENTY)).isZero();
    nowNs += MS_NS;
    assertThat(drain(2, RingRoom.PLENTY)).isEqualTo(2);
    answerAll();
    assertThat(throughMemory()).isEqualTo(66);
  }

  @Test
  void behindRecordsOnTheDiskNoneWaitsInTheRing() {
    open(folder.resolve("spool"));
    stall(30);
    nowNs += 1000 * MS_NS;
    while (logs.counts().spool().pending() < 30) { // block by block
      Thread.onSpinWait();
      logs.tick(nowNs);
    }
    answerNext();
    while (logs.counts().spool().pending() == 30) { // until one is read and encoded
      Thread.onSpinWait();
      logs.tick(nowNs);
    }
    assertThat(logs.counts().spool().pending()).isPositive();
    assertThat(drain(2, RingRoom.PLENTY)).isEqualTo(2);
  }

  @Test
  void theReaderIsWokenForABufferThatIsFreeBeforeItSleeps() {
    open(null);
    logs.beforeDrain(nowNs, 7);
    assertThat(take(80, RingRoom.NONE)).as("in requests, and the rest in memory").isEqualTo(80);
    answerNext();
    assertThat(wakeUps).hasValue(1);
  }
}
