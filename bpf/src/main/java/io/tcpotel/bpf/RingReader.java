// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Walks a BPF ring that lies in memory: the consumer's half of the protocol of
 * kernel/bpf/ringbuf.c. Hot: allocates nothing, logs nothing, throws nothing. One thread reads;
 * whoever made the memory owns it.
 *
 * <pre>
 * consumer  [ position ]           written here alone
 * producer  [ position ]           written by the kernel alone
 * data      [ header 8 | record, padded to 8 ] ...   mapped twice in a row, so that no record is ever split
 * header    [ length, bit 31 busy, bit 30 discard | page offset ]
 * </pre>
 */
public final class RingReader {
  public static final int HEADER_BYTES = 8;
  public static final int BUSY = 1 << 31;
  public static final int DISCARD = 1 << 30;

  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private final MemorySegment consumer;
  private final MemorySegment producer;
  private final MemorySegment data;
  private final long mask;
  private final long releaseBytes;

  /**
   * A reader at the consumer's present position.
   *
   * @param data twice the ring, the second half the same memory as the first
   */
  public RingReader(MemorySegment consumer, MemorySegment producer, MemorySegment data) {
    this(consumer, producer, data, data.byteSize() / 2);
  }

  /**
   * A reader of a ring in which no record crosses the end, so that {@code data} may be less than
   * twice the ring.
   */
  public RingReader(
      MemorySegment consumer, MemorySegment producer, MemorySegment data, long ringBytes) {
    this.consumer = consumer;
    this.producer = producer;
    this.data = data;
    this.mask = ringBytes - 1;
    this.releaseBytes = ringBytes / 8;
  }

  /** Bytes that wait, and those under way behind them. */
  public long availableBytes() {
    return endPosition() - position();
  }

  /** Where the next record begins: bytes since the ring was made. */
  public long position() {
    return (long) LONG.get(consumer, 0L);
  }

  /** Where the ring ends now. */
  public long endPosition() {
    return (long) LONG.getAcquire(producer, 0L);
  }

  public long ringBytes() {
    return mask + 1;
  }

  /**
   * Hands over what was in the ring when the call began, up to the first record that is still being
   * written or that {@code handler} does not want yet. Gives room back to the kernel in steps of an
   * eighth of the ring, since a store for each record costs more than the record.
   *
   * @return the number of records handed over
   */
  public int drain(RecordHandler handler) {
    long position = (long) LONG.get(consumer, 0L); // only this thread writes it
    // Acquire: pairs with the kernel's store of producer_pos after the header of the record was
    // written as busy.
    long end = (long) LONG.getAcquire(producer, 0L);
    long released = position;
    int records = 0;
    while (position < end && handler.wantsNext(end - position)) {
      long offset = position & mask;
      // Acquire: pairs with the exchange in bpf_ringbuf_commit() that clears the busy bit after the
      // record was written.
      int header = (int) INT.getAcquire(data, offset);
      if ((header & BUSY) != 0) {
        break;
      }
      int length = header & ~DISCARD;
      if ((header & DISCARD) == 0) {
        handler.onRecord(data, offset + HEADER_BYTES, length);
        records++;
      }
      position += (length + HEADER_BYTES + 7L) & ~7L;
      if (position - released >= releaseBytes) {
        released = release(position);
      }
    }
    if (position != released) {
      release(position);
    }
    return records;
  }

  /**
   * Release: the kernel may write over what lies before the position, so all reads of it come
   * first.
   */
  private long release(long position) {
    LONG.setRelease(consumer, 0L, position);
    return position;
  }
}
