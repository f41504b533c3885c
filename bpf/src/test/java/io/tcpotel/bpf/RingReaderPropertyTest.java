// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The reader over a ring in plain memory against a queue. */
class RingReaderPropertyTest {
  private static final int RING_BYTES = 4096;

  private enum Action {
    RESERVE,
    SUBMIT,
    DISCARD,
    DRAIN
  }

  /** One step: which, a length for a new record, and which of the records under way it is about. */
  private record Step(Action action, int length, int which) {}

  /** A reserved record as the model knows it. */
  private static final class Expected {
    private final long position;
    private final int length;
    private byte[] bytes;
    private boolean discarded;

    private Expected(long position, int length) {
      this.position = position;
      this.length = length;
    }

    private boolean isBusy() {
      return bytes == null && !discarded;
    }
  }

  private static final class Model {
    private final RingImage ring;
    private final RingReader reader;
    private final Deque<Expected> queue = new ArrayDeque<>();
    private int nextByte;
    private long readBytes;

    private Model(long start) {
      this.ring = new RingImage(RING_BYTES, start);
      this.reader = ring.reader();
      this.readBytes = start;
    }

    private void take(Step step) {
      switch (step.action()) {
        case RESERVE -> reserve(step.length());
        case SUBMIT -> end(step.which(), false);
        case DISCARD -> end(step.which(), true);
        default -> drain();
      }
    }

    private void reserve(int length) {
      long position = ring.reserve(length);
      if (position != -1) {
        queue.add(new Expected(position, length));
      }
    }

    private void end(int which, boolean discard) {
      List<Expected> busy = queue.stream().filter(Expected::isBusy).toList();
      if (busy.isEmpty()) {
        return;
      }
      Expected record = busy.get(which % busy.size());
      record.discarded = discard;
      if (discard) {
        ring.discard(record.position, record.length);
        return;
      }
      record.bytes = new byte[record.length];
      for (int i = 0; i < record.length; i++) {
        record.bytes[i] = (byte) nextByte++;
      }
      ring.submit(record.position, record.bytes);
    }

    private void drain() {
      List<byte[]> expected = new ArrayList<>();
      while (!queue.isEmpty() && !queue.peek().isBusy()) {
        Expected record = queue.poll();
        readBytes += RingImage.recordBytes(record.length);
        if (!record.discarded) {
          expected.add(record.bytes);
        }
      }
      List<byte[]> read = new ArrayList<>();
      int records =
          reader.drain(
              (data, offset, length) ->
                  read.add(data.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE)));
      assertThat(read).containsExactlyElementsOf(expected);
      assertThat(records).isEqualTo(expected.size());
      assertThat(ring.consumerPosition()).isEqualTo(readBytes);
      assertThat(reader.availableBytes()).isEqualTo(ring.producerPosition() - readBytes);
    }
  }

  @Property(tries = 500)
  void everyRecordComesOutOnceInOrderWithItsBytes(
      @ForAll("steps") List<Step> steps, @ForAll @IntRange(max = 4095) int start) {
    Model model = new Model(start / 8 * 8L);
    steps.forEach(model::take);
    model.queue.stream().filter(Expected::isBusy).toList().forEach(any -> model.end(0, false));
    model.drain();
    assertThat(model.queue).isEmpty();
    assertThat(model.ring.consumerPosition()).isEqualTo(model.ring.producerPosition());
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Action> action =
        Arbitraries.frequency(
            Tuple.of(4, Action.RESERVE),
            Tuple.of(4, Action.SUBMIT),
            Tuple.of(1, Action.DISCARD),
            Tuple.of(1, Action.DRAIN));
    Arbitrary<Integer> length =
        Arbitraries.oneOf(Arbitraries.just(200), Arbitraries.integers().between(1, 700));
    return Combinators.combine(action, length, Arbitraries.integers().between(0, 50))
        .as(Step::new)
        .list()
        .ofMaxSize(300);
  }

  /** The kernel is trusted, and still no header may lead out of the ring or hold the reader. */
  @Property(tries = 500)
  void arbitraryHeadersNeitherLeadOutOfTheRingNorHoldTheReader(
      @ForAll @Size(64) List<Integer> headers,
      @ForAll @IntRange(max = 511) int start,
      @ForAll @IntRange(max = 4096) int filled) {
    RingImage ring = new RingImage(RING_BYTES, start * 8L);
    for (int i = 0; i < RING_BYTES / 8; i++) {
      int header = headers.get(i % headers.size());
      ring.header(i * 8L, i % 3 == 0 ? header : header & 0x1ff);
    }
    ring.producerPosition(start * 8L + filled);
    RingReader reader = ring.reader();
    int records = 0;
    for (int i = 0; i < 3; i++) {
      records += reader.drain((data, offset, length) -> requireInside(ring, data, offset));
    }
    assertThat(records).isLessThanOrEqualTo(RING_BYTES / 8);
  }

  /** A record's length is checked by who reads it; where it begins is the reader's word. */
  private static void requireInside(RingImage ring, MemorySegment data, long offset) {
    assertThat(data).isSameAs(ring.data());
    assertThat(offset).isBetween(8L, RING_BYTES + 8L);
    assertThat(offset % 8).isZero();
  }
}
