// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernel's half of a BPF ring in plain memory: what bpf_ringbuf_reserve, _submit and _discard
 * do. The data area, which is mapped twice in a row on a real kernel, is kept equal by writing each
 * byte to both places.
 */
public final class RingImage {
  private static final int PAGE_BYTES = 4096;
  private static final int ALIGNMENT = 8;

  private final MemorySegment consumer = Arena.ofAuto().allocate(PAGE_BYTES, PAGE_BYTES);
  private final MemorySegment producer = Arena.ofAuto().allocate(PAGE_BYTES, PAGE_BYTES);
  private final MemorySegment data;
  private final long ringBytes;

  public RingImage(long ringBytes) {
    this(ringBytes, 0);
  }

  /** A ring that has been in use: both positions are at {@code position}. */
  RingImage(long ringBytes, long position) {
    this.ringBytes = ringBytes;
    this.data = Arena.ofAuto().allocate(2 * ringBytes, PAGE_BYTES);
    consumer.set(ValueLayout.JAVA_LONG, 0, position);
    producer.set(ValueLayout.JAVA_LONG, 0, position);
  }

  public RingReader reader() {
    return new RingReader(consumer, producer, data);
  }

  long consumerPosition() {
    return consumer.get(ValueLayout.JAVA_LONG, 0);
  }

  long producerPosition() {
    return producer.get(ValueLayout.JAVA_LONG, 0);
  }

  MemorySegment data() {
    return data;
  }

  void producerPosition(long position) {
    producer.set(ValueLayout.JAVA_LONG, 0, position);
  }

  /** The bytes that a record of {@code length} bytes takes in the ring. */
  public static long recordBytes(int length) {
    return (length + RingReader.HEADER_BYTES + ALIGNMENT - 1L) / ALIGNMENT * ALIGNMENT;
  }

  /**
   * Takes room for a record, busy for now.
   *
   * @return its position, or -1 if the ring has no room
   */
  long reserve(int length) {
    long position = producerPosition();
    long next = position + recordBytes(length);
    if (next - consumerPosition() > ringBytes - 1) {
      return -1; // as the kernel: one byte always stays free
    }
    header(position, length | RingReader.BUSY);
    producer.set(ValueLayout.JAVA_LONG, 0, next);
    return position;
  }

  /** Fills a reserved record and gives it to the reader. */
  void submit(long position, byte[] record) {
    write(position, record);
    header(position, record.length);
  }

  /** Gives a reserved record up. */
  void discard(long position, int length) {
    header(position, length | RingReader.DISCARD);
  }

  /** Reserves and submits; false if there is no room. */
  public boolean put(byte[] record) {
    long position = reserve(record.length);
    if (position == -1) {
      return false;
    }
    submit(position, record);
    return true;
  }

  void header(long position, int header) {
    long offset = position & ringBytes - 1;
    data.set(ValueLayout.JAVA_INT, offset, header);
    data.set(ValueLayout.JAVA_INT, offset + ringBytes, header);
  }

  private void write(long position, byte[] record) {
    long offset = (position & ringBytes - 1) + RingReader.HEADER_BYTES;
    for (int i = 0; i < record.length; i++) {
      long at = (offset + i) % ringBytes;
      data.set(ValueLayout.JAVA_BYTE, at, record[i]);
      data.set(ValueLayout.JAVA_BYTE, at + ringBytes, record[i]);
    }
  }
}
