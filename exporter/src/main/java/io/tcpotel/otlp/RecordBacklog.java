// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Records that found no buffer, in the order in which they came: as the kernel wrote them, since
 * encoded they would take four times the room. Bounded; its memory is taken when it is first needed
 * and given back when it is empty again. One thread uses it.
 *
 * <pre>
 * slot  [ struct tcp_probe_info | wall clock of the end, ns | wall clock of the reading, ns ]
 * </pre>
 */
final class RecordBacklog {
  private static final long TIME_OFFSET = tcp_probe_info.sizeof();
  private static final long OBSERVED_OFFSET = TIME_OFFSET + Long.BYTES;

  /** What a record takes here. */
  static final long SLOT_BYTES = OBSERVED_OFFSET + Long.BYTES;

  private final long capacity;
  private Arena arena;
  private MemorySegment slots;
  private long first;
  private long size;

  RecordBacklog(long bytes) {
    this.capacity = bytes / SLOT_BYTES;
  }

  long capacity() {
    return capacity;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long size() {
    return size;
  }

  /** Copies a record behind the others; false if there is no room. */
  boolean offer(MemorySegment data, long offset, long timeNs, long observedNs) {
    if (size == capacity) {
      return false;
    }
    if (slots == null) {
      arena = Arena.ofShared();
      slots = arena.allocate(capacity * SLOT_BYTES, Long.BYTES);
    }
    long slot = (first + size) % capacity * SLOT_BYTES;
    MemorySegment.copy(data, offset, slots, slot, tcp_probe_info.sizeof());
    slots.set(ValueLayout.JAVA_LONG, slot + TIME_OFFSET, timeNs);
    slots.set(ValueLayout.JAVA_LONG, slot + OBSERVED_OFFSET, observedNs);
    size++;
    return true;
  }

  /** Moves {@code view} to the oldest record. */
  void peek(ConnectionRecord view) {
    view.at(slots, first * SLOT_BYTES);
  }

  MemorySegment memory() {
    return slots;
  }

  /** Where in {@link #memory} the oldest record is. */
  long oldestOffset() {
    return first * SLOT_BYTES;
  }

  boolean hasRoom() {
    return size < capacity;
  }

  long oldestTimeNs() {
    return slots.get(ValueLayout.JAVA_LONG, first * SLOT_BYTES + TIME_OFFSET);
  }

  long oldestObservedNs() {
    return slots.get(ValueLayout.JAVA_LONG, first * SLOT_BYTES + OBSERVED_OFFSET);
  }

  /** Copies the oldest record with its times behind those of {@code block}, which has room. */
  void copyOldest(RecordBlock block) {
    block.add(slots, first * SLOT_BYTES, oldestTimeNs(), oldestObservedNs());
  }

  /** Forgets the oldest record. */
  void remove() {
    first = (first + 1) % capacity;
    size--;
    if (size == 0) {
      close();
    }
  }

  /** Forgets everything. */
  void close() {
    if (slots != null) {
      arena.close();
      slots = null;
      size = 0;
      first = 0;
    }
  }
}
