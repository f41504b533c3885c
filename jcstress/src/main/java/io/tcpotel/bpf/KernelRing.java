// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The kernel's half of a ring of four records, with the memory order of kernel/bpf/ringbuf.c or a
 * weaker one. The kernel leaves one byte free, this leaves none: no record is spared for it. A
 * record is one long. One thread writes.
 */
final class KernelRing {
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final int RECORD_BYTES = RingReader.HEADER_BYTES + Long.BYTES;
  private static final int RING_BYTES = 4 * RECORD_BYTES;

  private final MemorySegment consumer = MemorySegment.ofArray(new long[1]);
  private final MemorySegment producer = MemorySegment.ofArray(new long[1]);
  private final MemorySegment data = MemorySegment.ofArray(new long[2 * RING_BYTES / Long.BYTES]);

  RingReader reader() {
    return new RingReader(consumer, producer, data);
  }

  /** bpf_ringbuf_reserve(): the record's offset, or -1 where the ring is full. */
  long reserve() {
    long position = (long) LONG.get(producer, 0L);
    long next = position + RECORD_BYTES;
    if (next - (long) LONG.getAcquire(consumer, 0L) > RING_BYTES) {
      return -1;
    }
    long offset = position & RING_BYTES - 1;
    INT.set(data, offset, Long.BYTES | RingReader.BUSY);
    LONG.setRelease(producer, 0L, next);
    return offset;
  }

  /**
   * Writes the record, then bpf_ringbuf_submit(), which exchanges the header: more than release.
   */
  void submit(long offset, long value) {
    LONG.set(data, offset + RingReader.HEADER_BYTES, value);
    INT.setRelease(data, offset, Long.BYTES);
  }

  /** False where the ring is full. */
  boolean put(long value) {
    long offset = reserve();
    if (offset < 0) {
      return false;
    }
    submit(offset, value);
    return true;
  }

  /** Appends the values of the records that a drain hands over to {@code before}, as digits. */
  static long drain(RingReader reader, long before) {
    long[] digits = {before};
    reader.drain(
        (data, offset, length) -> digits[0] = digits[0] * 10 + (long) LONG.get(data, offset));
    return digits[0];
  }
}
