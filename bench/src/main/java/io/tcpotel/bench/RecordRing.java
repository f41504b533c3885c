// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.bpf.RecordHandler;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The kernel's ring in plain memory, full of records of the {@link RecordMix}; what it has room for
 * besides is one discarded record, as the kernel has them. To write it all again takes no more than
 * moving the producer's position.
 */
final class RecordRing {
  /** As many as the ring of the default size holds, nearly. */
  static final int RECORDS = 4096;

  static final int RING_BYTES = 1 << 20;

  private static final int HEADER_BYTES = 8;
  private static final int DISCARDED = 1 << 30;
  private static final int PAGE_BYTES = 4096;

  private final MemorySegment consumer = page(PAGE_BYTES);
  private final MemorySegment producer = page(PAGE_BYTES);
  private final MemorySegment data = page(2L * RING_BYTES);
  private final RingReader reader = new RingReader(consumer, producer, data);

  RecordRing() {
    RecordMix mix = new RecordMix();
    long length = tcp_probe_info.sizeof();
    long at = 0;
    for (int i = 0; i < RECORDS; i++) {
      data.set(ValueLayout.JAVA_INT, at, (int) length);
      mix.write(data.asSlice(at + HEADER_BYTES, length));
      at += HEADER_BYTES + length;
    }
    data.set(ValueLayout.JAVA_INT, at, (int) (RING_BYTES - at - HEADER_BYTES) | DISCARDED);
  }

  private static MemorySegment page(long bytes) {
    return Arena.ofAuto().allocate(bytes, PAGE_BYTES);
  }

  /** Hands over all records once. */
  int drain(RecordHandler handler) {
    long position = producer.get(ValueLayout.JAVA_LONG, 0);
    producer.set(ValueLayout.JAVA_LONG, 0, position + RING_BYTES);
    return reader.drain(handler);
  }

  /** The record of this number, as a view. */
  ConnectionRecord record(int number) {
    long recordBytes = HEADER_BYTES + tcp_probe_info.sizeof();
    return new ConnectionRecord().at(data, number * recordBytes + HEADER_BYTES);
  }
}
