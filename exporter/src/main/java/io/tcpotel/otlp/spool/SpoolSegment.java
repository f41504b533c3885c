// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/**
 * One file of the spool: a header, then records in slots of one size. A record is known by its
 * number, which counts up through all files and is part of its checksum: a damaged slot costs that
 * record alone, and a slot in a wrong place does not pass for a record.
 *
 * <pre>
 * | magic 8 | format 4 | record's version 4 | its size 4 | slot's size 4 | first number 8 | checksum 4 | 0 ...
 * </pre>
 */
final class SpoolSegment {
  static final String SUFFIX = ".spool";
  static final int HEADER_BYTES = 64;

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}\\" + SUFFIX);

  private static final long MAGIC = 0x6c6f6f70734f5054L; // "TPOspool", as bytes
  private static final int FORMAT = 1;
  private static final int FIRST_SEQUENCE_OFFSET = 24;

  private final SpoolDisk disk;
  private final Path file;
  private final long firstSequence;
  private final FileChannel channel;
  private long records;

  private SpoolSegment(
      SpoolDisk disk, Path file, long firstSequence, FileChannel channel, long records) {
    this.disk = disk;
    this.file = file;
    this.firstSequence = firstSequence;
    this.channel = channel;
    this.records = records;
  }

  static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  static Path file(Path directory, long firstSequence) {
    return directory.resolve(String.format("%016x%s", firstSequence, SUFFIX));
  }

  /** Creates a file and writes its header. */
  static SpoolSegment create(Path directory, long firstSequence, SpoolDisk disk)
      throws IOException {
    Path file = file(directory, firstSequence);
    FileChannel channel =
        disk.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      disk.write(channel, header(firstSequence), 0);
      return new SpoolSegment(disk, file, firstSequence, channel, 0);
    } catch (Throwable e) {
      channel.close();
      disk.delete(file);
      throw e;
    }
  }

  private static ByteBuffer header(long firstSequence) {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(MAGIC).putInt(FORMAT).putInt(ProbeAbi.TCP_PROBE_VERSION());
    header.putInt((int) tcp_probe_info.sizeof()).putInt(RecordBlock.SLOT_BYTES);
    header.putLong(firstSequence);
    header.putInt(checksum(header.duplicate().flip()));
    return header.clear();
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /**
   * Opens a file of an earlier run to be read; null if its format or its version of the record is
   * another.
   */
  static SpoolSegment open(Path file, SpoolDisk disk) throws IOException {
    FileChannel channel = disk.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, header, 0);
    header.clear();
    long firstSequence = header.getLong(FIRST_SEQUENCE_OFFSET);
    boolean ours =
        header.equals(header(firstSequence))
            && file.equals(file(file.getParent(), firstSequence))
            && channel.size() >= HEADER_BYTES;
    if (!ours) {
      channel.close();
      return null;
    }
    return new SpoolSegment(disk, file, firstSequence, channel, slots(channel.size()));
  }

  /** The number of records in a file of {@code bytes}, an incomplete last one included. */
  static long slots(long bytes) {
    return Math.max(0, (bytes - HEADER_BYTES + RecordBlock.SLOT_BYTES - 1))
        / RecordBlock.SLOT_BYTES;
  }

  /** Reads up to the end of the file; returns the number of bytes. */
  private static int readFully(FileChannel channel, ByteBuffer into, long position)
      throws IOException {
    int bytes = 0;
    while (into.hasRemaining()) {
      int read = channel.read(into, position + bytes);
      if (read < 0) {
        break;
      }
      bytes += read;
    }
    return bytes;
  }

  long firstSequence() {
    return firstSequence;
  }

  /** The number behind its last record. */
  long endSequence() {
    return firstSequence + records;
  }

  long bytes() {
    return HEADER_BYTES + records * RecordBlock.SLOT_BYTES;
  }

  private long offset(long sequence) {
    return HEADER_BYTES + (sequence - firstSequence) * RecordBlock.SLOT_BYTES;
  }

  /** Writes the remaining records of {@code block} behind the others: all or none. */
  void append(RecordBlock block) throws IOException {
    ByteBuffer bytes = block.remaining().order(ByteOrder.LITTLE_ENDIAN);
    int added = bytes.remaining() / RecordBlock.SLOT_BYTES;
    for (int i = 0; i < added; i++) {
      int slot = i * RecordBlock.SLOT_BYTES;
      bytes.putLong(slot, 0); // the checksum's place, and the gap
      bytes.putInt(slot + RecordBlock.CHECKSUM_OFFSET, checksum(bytes, slot, endSequence() + i));
    }
    try {
      disk.write(channel, bytes, bytes());
    } catch (Throwable e) {
      channel.truncate(bytes());
      throw e;
    }
    records += added;
  }

  private static int checksum(ByteBuffer bytes, int slot, long sequence) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      crc.update((int) (sequence >>> shift));
    }
    crc.update(
        bytes.slice(
            slot + RecordBlock.TIME_OFFSET, RecordBlock.SLOT_BYTES - RecordBlock.TIME_OFFSET));
    return (int) crc.getValue();
  }

  /**
   * Fills {@code block} with records from {@code sequence} on, up to its capacity, the file's end,
   * or a damaged record behind whole ones.
   *
   * @return the number of damaged slots before them
   */
  int read(long sequence, RecordBlock block) throws IOException {
    int wanted = (int) Math.min(block.capacity(), endSequence() - sequence);
    ByteBuffer bytes = block.fill(sequence, wanted).order(ByteOrder.LITTLE_ENDIAN);
    int complete = readFully(channel, bytes.duplicate(), offset(sequence)) / RecordBlock.SLOT_BYTES;
    int damaged = 0;
    while (damaged < wanted && !isWhole(bytes, damaged, complete, sequence)) {
      damaged++;
    }
    int end = damaged;
    while (end < wanted && isWhole(bytes, end, complete, sequence)) {
      end++;
    }
    block.fill(sequence, end);
    block.skip(damaged);
    return damaged;
  }

  private static boolean isWhole(ByteBuffer bytes, int index, int complete, long sequence) {
    int slot = index * RecordBlock.SLOT_BYTES;
    return index < complete
        && bytes.getInt(slot + RecordBlock.CHECKSUM_OFFSET)
            == checksum(bytes, slot, sequence + index);
  }

  /** The appended records are on the disk when this returns. */
  void sync() throws IOException {
    disk.force(channel);
  }

  void delete() throws IOException {
    channel.close();
    disk.delete(file);
  }

  void close() throws IOException {
    channel.close();
  }
}
