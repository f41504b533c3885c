// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * Some of the kernel's records with their times, laid out as a file of the spool has them, so that
 * they are written and read without being copied:
 *
 * <pre>
 * | checksum 4 | 0 4 | time 8 | observed 8 | struct tcp_probe_info, up to a multiple of 8 | ...
 * </pre>
 *
 * Belongs to one thread at a time.
 */
final class RecordBlock {
  static final int CHECKSUM_OFFSET = 0;
  static final int TIME_OFFSET = 8;
  static final int OBSERVED_OFFSET = 16;
  static final int RECORD_OFFSET = 24;
  static final int SLOT_BYTES = RECORD_OFFSET + (int) (tcp_probe_info.sizeof() + 7 & ~7L);

  private final int capacity;
  private final MemorySegment slots;
  private final ByteBuffer bytes;
  private int size;
  private int next;
  private long firstSequence;

  RecordBlock(int capacity) {
    this.capacity = capacity;
    this.slots = Arena.ofAuto().allocate((long) capacity * SLOT_BYTES, Long.BYTES);
    this.bytes = slots.asByteBuffer();
  }

  void clear() {
    size = 0;
    next = 0;
  }

  int capacity() {
    return capacity;
  }

  int size() {
    return size;
  }

  boolean hasRoom() {
    return size < capacity;
  }

  /** Copies a record behind the others; there is room. */
  void add(MemorySegment data, long offset, long timeNs, long observedNs) {
    long slot = (long) size * SLOT_BYTES;
    MemorySegment.copy(data, offset, slots, slot + RECORD_OFFSET, tcp_probe_info.sizeof());
    slots.set(ValueLayout.JAVA_LONG, slot + TIME_OFFSET, timeNs);
    slots.set(ValueLayout.JAVA_LONG, slot + OBSERVED_OFFSET, observedNs);
    size++;
  }

  /** Moves what fits from the front of {@code backlog} behind the others. */
  void takeFrom(RecordBacklog backlog) {
    while (hasRoom() && !backlog.isEmpty()) {
      backlog.copyOldest(this);
      backlog.remove();
    }
  }

  boolean hasNext() {
    return next < size;
  }

  /** From the next record on. */
  int left() {
    return size - next;
  }

  /** Moves {@code view} to the next record. */
  void peek(ConnectionRecord view) {
    view.at(slots, (long) next * SLOT_BYTES + RECORD_OFFSET);
  }

  MemorySegment memory() {
    return slots;
  }

  /** Where in {@link #memory} the next record is. */
  long nextOffset() {
    return (long) next * SLOT_BYTES + RECORD_OFFSET;
  }

  long nextTimeNs() {
    return slots.get(ValueLayout.JAVA_LONG, (long) next * SLOT_BYTES + TIME_OFFSET);
  }

  long nextObservedNs() {
    return slots.get(ValueLayout.JAVA_LONG, (long) next * SLOT_BYTES + OBSERVED_OFFSET);
  }

  /** The number in the spool of the next record. */
  long nextSequence() {
    return firstSequence + next;
  }

  void skip(int records) {
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
}
