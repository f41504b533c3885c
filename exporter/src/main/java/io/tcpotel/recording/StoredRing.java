// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.abi.tcp_probe_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

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

  /** A record with its header: a multiple of 8, as the ring wants it. */
  private static final long SLOT_BYTES = (tcp_probe_info.sizeof() + HEADER_BYTES + 7L) & ~7L;

  private static final long FIRST_RECORDS = 256;

  /** The discarded record's length has 30 bits, and is less than half of the ring. */
  public static final long MAX_RECORDS = (1L << 31) / SLOT_BYTES - 1;

  private final Arena positions = Arena.ofShared();
  private final MemorySegment consumer = positions.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment producer = positions.allocate(ValueLayout.JAVA_LONG);
  private Arena arena = Arena.ofShared();
  private MemorySegment data = allocate(arena, FIRST_RECORDS);
  private long records;
  private long ringBytes;
  private long passBegin;

  /** Room for {@code records} and the header behind them. */
  private static MemorySegment allocate(Arena arena, long records) {
    return arena.allocate(records * SLOT_BYTES + HEADER_BYTES, Long.BYTES);
  }

  /** The zeroed memory of one more record, to be filled before the next call. */
  public MemorySegment append() {
    long slot = records * SLOT_BYTES;
    if (slot + SLOT_BYTES + HEADER_BYTES > data.byteSize()) {
      grow();
    }
    data.set(ValueLayout.JAVA_INT, slot, (int) tcp_probe_info.sizeof());
    records++;
    return data.asSlice(slot + HEADER_BYTES, tcp_probe_info.sizeof());
  }

  private void grow() {
    Arena larger = Arena.ofShared();
    MemorySegment copy = allocate(larger, 2 * records);
    MemorySegment.copy(data, 0, copy, 0, records * SLOT_BYTES);
    arena.close();
    arena = larger;
    data = copy;
  }

  /** The reader of what was appended; nothing can be appended any more. */
  public RingReader reader() {
    long usedBytes = records * SLOT_BYTES;
    ringBytes = Long.highestOneBit(usedBytes + SLOT_BYTES) * 2;
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
    return data.asSlice(index * SLOT_BYTES + HEADER_BYTES, tcp_probe_info.sizeof());
  }

  /** Gives the first {@code count} records of this pass to the reader. */
  public void publish(long count) {
    LONG.setRelease(producer, 0L, passBegin + count * SLOT_BYTES);
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
