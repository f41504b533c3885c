// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.RecordVersion2;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Header and slots of a file of the spool, as far as they depend on the version of its records.
 *
 * <pre>
 * header  | magic 8 | format 4 | record's version 4 | its size 4 | slot's size 4 | first number 8 | checksum 4 | 0 ...
 * </pre>
 *
 * @param recordBytes of the longest record
 */
record SlotLayout(int recordVersion, int recordBytes) {
  static final int HEADER_BYTES = 64;

  /** That of the files which this program writes, and of {@link RecordBlock}. */
  static final SlotLayout PRESENT =
      new SlotLayout(ProbeAbi.TCP_PROBE_VERSION(), (int) tcp_probe_info.sizeof());

  /** That of an earlier program's files, which are only read. */
  static final SlotLayout VERSION_2 = new SlotLayout(RecordVersion2.VERSION, RecordVersion2.BYTES);

  private static final long MAGIC = 0x6c6f6f70734f5054L; // "TPOspool", as bytes
  private static final int FORMAT = 1;
  private static final int FIRST_SEQUENCE_OFFSET = 24;

  /** Of a file with this header; null if its format or its version of the record is another. */
  static SlotLayout of(ByteBuffer header) {
    long firstSequence = firstSequence(header);
    if (header.equals(PRESENT.header(firstSequence))) {
      return PRESENT;
    }
    return header.equals(VERSION_2.header(firstSequence)) ? VERSION_2 : null;
  }

  int slotBytes() {
    return RecordBlock.RECORD_OFFSET + (recordBytes + 7 & ~7);
  }

  /** Of a file that begins with the record {@code firstSequence}. */
  ByteBuffer header(long firstSequence) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(FORMAT).putInt(recordVersion);
    header.putInt(recordBytes).putInt(slotBytes());
    header.putLong(firstSequence);
    CRC32C crc = new CRC32C();
    crc.update(header.duplicate().flip());
    header.putInt((int) crc.getValue());
    return header.clear();
  }

  /** The number of the first record in a file with this header. */
  static long firstSequence(ByteBuffer header) {
    return header.getLong(FIRST_SEQUENCE_OFFSET);
  }

  /** The number of slots in a file of {@code bytes}, an incomplete last one included. */
  long slots(long bytes) {
    return Math.max(0, bytes - HEADER_BYTES + slotBytes() - 1) / slotBytes();
  }

  /** Where slot {@code index} of a file begins. */
  long offset(long index) {
    return HEADER_BYTES + index * slotBytes();
  }

  /** Of the record {@code sequence} in slot {@code index} of {@code slots}. */
  int checksum(ByteBuffer slots, int index, long sequence) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      crc.update((int) (sequence >>> shift));
    }
    int covered = index * slotBytes() + RecordBlock.TIME_OFFSET;
    crc.update(slots.slice(covered, slotBytes() - RecordBlock.TIME_OFFSET));
    return (int) crc.getValue();
  }

  /** Whether slot {@code index} holds the record {@code sequence} undamaged. */
  boolean isWhole(ByteBuffer slots, int index, long sequence) {
    int slot = index * slotBytes();
    return slots.getInt(slot + RecordBlock.CHECKSUM_OFFSET) == checksum(slots, index, sequence)
        && (this == PRESENT || RecordVersion2.isAt(record(slots, index)));
  }

  private MemorySegment record(ByteBuffer slots, int index) {
    int at = index * slotBytes() + RecordBlock.RECORD_OFFSET;
    return MemorySegment.ofBuffer(slots.slice(at, recordBytes));
  }
}
