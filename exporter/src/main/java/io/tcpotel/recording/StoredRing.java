// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.bpf.RingReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A ring in this program's memory, filled once and then read in place as often as wanted: what
 * {@link RingReader} sees is what it sees of the kernel's. The ring's size is a power of two, and
 * what is left of it behind the last record is one record that is discarded, of which only the
 * header is there; so the next pass is the same memory, with higher positions. One thread uses it.
 *
 * <pre>
 * data  [ header 8 | record ] ... [ header 8 | record ][ header 8, discarded | to the ring's end
 * </pre>
 */
public final class StoredRing implements AutoCloseable {
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final int HEADER_BYTES = RingReader.HEADER_BYTES;

  private static final int WORD_BYTES = Long.BYTES;
  private static final int FIRST_BYTES = 1 << 16;

  /** Of all records: the discarded one's length then has 30 bits, as the ring wants it. */
  public static final long MAX_BYTES = (1L << 31) - HEADER_BYTES;

  private final Arena positions = Arena.ofShared();
  private final MemorySegment consumer = positions.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment producer = positions.allocate(ValueLayout.JAVA_LONG);
  private Arena arena = Arena.ofShared();
  private MemorySegment data = allocate(arena, FIRST_BYTES);

  /** Where each record begins, and where the last one ends, in words: bytes would need a long. */
  private int[] wordOf = new int[256];

  private int records;
  private long ringBytes;
  private long passBegin;

  /** Room for {@code bytes} of records and the header behind them. */
  private static MemorySegment allocate(Arena arena, long bytes) {
    return arena.allocate(bytes + HEADER_BYTES, WORD_BYTES);
  }

  /** Where the record of {@code index} begins with its header. */
  private long slot(long index) {
    return (long) wordOf[(int) index] * WORD_BYTES;
  }

  /** Whether a record of {@code recordBytes}, a multiple of 8, may be appended. */
  public boolean hasRoom(int recordBytes) {
    return slot(records) + HEADER_BYTES + recordBytes <= MAX_BYTES;
  }

  /**
   * The zeroed memory of one more record of {@code recordBytes}, a multiple of 8, to be filled
   * before the next call; there is room.
   */
  public MemorySegment append(int recordBytes) {
    long slot = slot(records);
    long end = slot + HEADER_BYTES + recordBytes;
    if (end + HEADER_BYTES > data.byteSize()) {
      grow(slot);
    }
    data.set(ValueLayout.JAVA_INT, slot, recordBytes);
    records++;
    if (records == wordOf.length) {
      wordOf = Arrays.copyOf(wordOf, 2 * records);
    }
    wordOf[records] = (int) (end / WORD_BYTES);
    return data.asSlice(slot + HEADER_BYTES, recordBytes);
  }

  private void grow(long usedBytes) {
    Arena larger = Arena.ofShared();
    MemorySegment copy = allocate(larger, Math.min(2 * data.byteSize(), MAX_BYTES));
    MemorySegment.copy(data, 0, copy, 0, usedBytes);
    arena.close();
    arena = larger;
    data = copy;
  }

  /** The reader of what was appended; nothing can be appended any more. */
  public RingReader reader() {
    long usedBytes = slot(records);
    ringBytes = Long.highestOneBit(usedBytes + HEADER_BYTES - 1) * 2;
    long restBytes = ringBytes - usedBytes;
    data.set(
        ValueLayout.JAVA_INT, usedBytes, RingReader.DISCARD | (int) (restBytes - HEADER_BYTES));
    return new RingReader(consumer, producer, data, ringBytes);
  }

  public long records() {
    return records;
  }

  /** One of the records. */
  public MemorySegment record(long index) {
    long begin = slot(index) + HEADER_BYTES;
    return data.asSlice(begin, slot(index + 1) - begin);
  }

  /** Gives the first {@code count} records of this pass to the reader. */
  public void publish(long count) {
    LONG.setRelease(producer, 0L, passBegin + slot(count));
  }

  /** Whether the reader has taken everything that was published. */
  public boolean isDrained() {
    return (long) LONG.getAcquire(consumer, 0L) == (long) LONG.get(producer, 0L);
  }

  /** Begins the next pass; the reader has taken all of this one. */
  public void rewind() {
    passBegin += ringBytes;
  }

  @Override
  public void close() {
    arena.close();
    positions.close();
  }
}
