// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.recording.Recording;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(Await.TEST_SECONDS)
class ReplayLoopTest {
  private static final long MS_NS = 1_000_000;
  private static final long LENGTH_NS = 120 * MS_NS;

  private final StopSignal stop = new StopSignal();

  /** The records' times by the wall clock, and how many came in each drain. */
  private final List<Long> timesNs = new ArrayList<>();

  private final List<Integer> drains = new ArrayList<>();

  private ReplayLoop loop(List<RecordImage> records, ReplayLoop.Pace pace) {
    ByteArrayInputStream file = new ByteArrayInputStream(RecordingBytes.of(records));
    Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
    return new ReplayLoop(Recording.read(file, "conns", messages), pace);
  }

  private static List<RecordImage> threeRecords() {
    return List.of(
        RecordImage.close().closeNs(900 * MS_NS),
        RecordImage.close().closeNs(907 * MS_NS),
        RecordImage.close().closeNs(900 * MS_NS + LENGTH_NS));
  }

  private void run(ReplayLoop loop) {
    ConnectionRecord record = new ConnectionRecord();
    loop.run(
        stop,
        new CaptureHandler() {
          private int came;

          @Override
          public void beforeDrain() {
            came = 0;
          }

          @Override
          public void onRecord(MemorySegment data, long offset, int length) {
            timesNs.add(record.copyFrom(data, offset).closeNs() + loop.offsetNs());
            came++;
          }

          @Override
          public void onFold(MemorySegment key, MemorySegment difference) {}

          @Override
          public void afterDrain() {
            drains.add(came);
            if (came > 4000) {
              stop.stop();
            }
          }
        });
  }

  @Test
  void atFullSpeedAllComeAtOnceWithTheirOwnTimes() {
    ReplayLoop loop = loop(threeRecords(), new ReplayLoop.Pace(false, false, 2));
    assertThat(loop.records()).isEqualTo(6);
    assertThat(loop.notRead()).isEqualTo(6);
    run(loop);
    long beginNs = RecordingBytes.CLOCK_OFFSET_NS + 900 * MS_NS;
    List<Long> pass = List.of(beginNs, beginNs + 7 * MS_NS, beginNs + LENGTH_NS);
    assertThat(timesNs.subList(0, 3)).isEqualTo(pass);
    assertThat(timesNs.subList(3, 6)).isEqualTo(pass);
    assertThat(drains).containsExactly(3, 3);
    assertThat(loop.notRead()).isZero();
  }

  @Test
  void atTheOriginalSpeedTheyKeepTheirDistancesAndTimesCanBeMovedToNow() {
    ReplayLoop loop = loop(threeRecords(), new ReplayLoop.Pace(true, true, 2));
    long beforeMs = System.currentTimeMillis();
    long beginNs = System.nanoTime();
    run(loop);
    assertThat(System.nanoTime() - beginNs).isGreaterThanOrEqualTo(2 * LENGTH_NS + MS_NS);
    assertThat(timesNs.get(0))
        .isBetween(
            TimeUnit.MILLISECONDS.toNanos(beforeMs),
            TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()) - 2 * LENGTH_NS);
    assertThat(timesNs.get(2)).isEqualTo(timesNs.get(0) + LENGTH_NS);
    assertThat(timesNs.get(3)).isEqualTo(timesNs.get(2) + MS_NS);
    assertThat(drains.stream().mapToInt(came -> came).sum()).isEqualTo(6);
    assertThat(drains).as("sleeps between drains").hasSizeBetween(3, 12);
  }

  @Test
  void aDrainIsAStepAndAfterAStopTheRestIsNotRead() {
    List<RecordImage> records = Collections.nCopies(5000, RecordImage.close());
    ReplayLoop loop = loop(records, new ReplayLoop.Pace(false, false, 3));
    run(loop);
    assertThat(drains).containsExactly(4096);
    assertThat(loop.notRead()).isEqualTo(15_000 - 4096);
  }
}
