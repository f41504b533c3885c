// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingReaderTest {
  private static final int RING_BYTES = 4096;

  private final RingImage ring = new RingImage(RING_BYTES);
  private final RingReader reader = ring.reader();
  private final List<byte[]> read = new ArrayList<>();

  private void keep(MemorySegment data, long offset, int length) {
    read.add(data.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }

  private static byte[] record(int length, int first) {
    byte[] record = new byte[length];
    for (int i = 0; i < length; i++) {
      record[i] = (byte) (first + i);
    }
    return record;
  }

  @Test
  void readsNothingFromAnEmptyRing() {
    assertThat(reader.drain(this::keep)).isZero();
    assertThat(reader.availableBytes()).isZero();
    assertThat(reader.ringBytes()).isEqualTo(RING_BYTES);
    assertThat(ring.consumerPosition()).isZero();
  }

  @Test
  void stopsAtARecordThatIsStillBeingWritten() {
    ring.put(record(200, 1));
    long busy = ring.reserve(200);
    ring.put(record(200, 3));
    assertThat(reader.drain(this::keep)).isEqualTo(1);
    assertThat(ring.consumerPosition()).isEqualTo(busy);
    assertThat(reader.availableBytes()).isEqualTo(2 * 208);
    assertThat(reader.drain(this::keep)).isZero();
    ring.submit(busy, record(200, 2));
    assertThat(reader.drain(this::keep)).isEqualTo(2);
    assertThat(read).containsExactly(record(200, 1), record(200, 2), record(200, 3));
  }

  @Test
  void leavesWhatIsNotWantedInTheRing() {
    for (int i = 1; i <= 5; i++) {
      ring.put(record(200, i));
    }
    List<Long> asked = new ArrayList<>();
    RecordHandler picky =
        new RecordHandler() {
          @Override
          public void onRecord(MemorySegment data, long offset, int length) {
            keep(data, offset, length);
          }

          @Override
          public boolean wantsNext(long waitingBytes) {
            asked.add(waitingBytes);
            return waitingBytes > 3 * 208;
          }
        };
    assertThat(reader.drain(picky)).isEqualTo(2);
    assertThat(asked).containsExactly(5 * 208L, 4 * 208L, 3 * 208L);
    assertThat(ring.consumerPosition()).isEqualTo(2 * 208);
    assertThat(reader.drain(this::keep)).isEqualTo(3);
    assertThat(read.get(4)).isEqualTo(record(200, 5));
  }

  @Test
  void givesRoomBackInStepsOfAnEighthOfTheRing() {
    while (ring.put(record(120, 0))) {
      // until it is full
    }
    List<Long> seen = new ArrayList<>();
    reader.drain((data, offset, length) -> seen.add(ring.consumerPosition()));
    assertThat(seen.stream().distinct().toList())
        .containsExactly(0L, 512L, 1024L, 1536L, 2048L, 2560L, 3072L, 3584L);
    assertThat(ring.consumerPosition()).isEqualTo(ring.producerPosition());
  }

  @Test
  void neverReadsPastWhatWasThereWhenItBegan() {
    ring.put(record(200, 0));
    ring.put(record(200, 1));
    int drained =
        reader.drain(
            (data, offset, length) -> {
              keep(data, offset, length);
              ring.put(record(200, 9));
            });
    assertThat(drained).isEqualTo(2);
    assertThat(read).containsExactly(record(200, 0), record(200, 1));
    assertThat(reader.availableBytes()).isEqualTo(2 * 208);
  }

  @Test
  void beginsWhereTheLastReaderEnded() {
    ring.put(record(200, 1));
    reader.drain(this::keep);
    ring.put(record(200, 2));
    assertThat(ring.reader().drain(this::keep)).isEqualTo(1);
    assertThat(read).containsExactly(record(200, 1), record(200, 2));
  }

  @Test
  void countsPositionsBeyondFourGibibytes() {
    RingImage old = new RingImage(RING_BYTES, (1L << 40) + 4000);
    old.put(record(200, 5));
    assertThat(old.reader().drain(this::keep)).isEqualTo(1);
    assertThat(old.consumerPosition()).isEqualTo((1L << 40) + 4208);
  }
}
