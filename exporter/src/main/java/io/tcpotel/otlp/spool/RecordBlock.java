// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordVersion2;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * A queue of some of the kernel's records with their times, laid out as in a file of the spool, so
 * that writing and reading a file copies nothing:
 *
 * <pre>
 * | checksum 4 | 0 4 | time 8 | observed 8 | struct tcp_probe_info, up to a multiple of 8 | ...
 * </pre>
 *
 * Belongs to one thread at a time. Hot: {@link #add}, {@link #copyNext} and {@link #skip} allocate
 * nothing.
 */
public final class RecordBlock {
  static final int CHECKSUM_OFFSET = 0;
  static final int TIME_OFFSET = 8;
  static final int OBSERVED_OFFSET = 16;
  static final int RECORD_OFFSET = 24;

  /** Memory of a record. */
  public static final int SLOT_BYTES = SlotLayout.PRESENT.slotBytes();

  private final int capacity;
  private final MemorySegment slots;
  private final ByteBuffer bytes;
  private int size;
  private int next;
  private long firstSequence;

  public RecordBlock(int capacity) {
    this.capacity = capacity;
    this.slots = Arena.ofAuto().allocate((long) capacity * SLOT_BYTES, Long.BYTES);
    this.bytes = slots.asByteBuffer();
  }

  public void clear() {
    size = 0;
    next = 0;
  }

  int capacity() {
    return capacity;
  }

  public boolean hasRoom() {
    return size < capacity;
  }

  /** Copies a record with the wall clocks of its event and of its reading; there is room. */
  public void add(ConnectionRecord connection, long timeNs, long observedNs) {
    long slot = (long) size * SLOT_BYTES;
    connection.copyTo(slots, slot + RECORD_OFFSET);
    slots.set(ValueLayout.JAVA_LONG, slot + TIME_OFFSET, timeNs);
    slots.set(ValueLayout.JAVA_LONG, slot + OBSERVED_OFFSET, observedNs);
    size++;
  }

  public boolean hasNext() {
    return next < size;
  }

  /** Number of records from the next one on. */
  public int left() {
    return size - next;
  }

  /** Copies the next record to {@code connection}. */
  public void copyNext(ConnectionRecord connection) {
    connection.copyFrom(slots, (long) next * SLOT_BYTES + RECORD_OFFSET);
  }

  public long nextTimeNs() {
    return slots.get(ValueLayout.JAVA_LONG, (long) next * SLOT_BYTES + TIME_OFFSET);
  }

  public long nextObservedNs() {
    return slots.get(ValueLayout.JAVA_LONG, (long) next * SLOT_BYTES + OBSERVED_OFFSET);
  }

  /** The next record's number in the spool. */
  public long nextSequence() {
    return firstSequence + next;
  }

  public void skip(int records) {
    next += records;
  }

  /** The bytes from the next slot to the last. */
  ByteBuffer remaining() {
    return bytes.slice(next * SLOT_BYTES, left() * SLOT_BYTES);
  }

  /** Room for {@code records} slots from the first on, to be read into. */
  ByteBuffer fill(long firstSequence, int records) {
    this.firstSequence = firstSequence;
    next = 0;
    size = records;
    return bytes.slice(0, records * SLOT_BYTES);
  }

  /** Takes the records from the next one on from {@code slots}, which have those of version 2. */
  void convert(ByteBuffer slots, int slotBytes) {
    MemorySegment earlier = MemorySegment.ofBuffer(slots);
    for (int i = next; i < size; i++) {
      MemorySegment slot = this.slots.asSlice((long) i * SLOT_BYTES, SLOT_BYTES);
      MemorySegment.copy(earlier, (long) i * slotBytes, slot, 0, slotBytes);
      RecordVersion2.convert(slot.asSlice(RECORD_OFFSET));
    }
  }
}
