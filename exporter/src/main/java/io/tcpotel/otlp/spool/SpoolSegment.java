// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;

/**
 * One file of the spool: a header, then records in slots of one size, which {@link SlotLayout}
 * describes. A record is known by its number, which counts up through all files and is part of its
 * checksum: a damaged slot costs that record alone, and a slot in a wrong place does not pass for a
 * record. Records of version 2 become ones of this version when they are read.
 */
final class SpoolSegment {
  static final String SUFFIX = ".spool";
  static final int HEADER_BYTES = SlotLayout.HEADER_BYTES;

  private static final Pattern NAME = Pattern.compile("[0-9a-f]{16}\\" + SUFFIX);

  private final SpoolDisk disk;
  private final Path file;
  private final long firstSequence;
  private final SlotLayout layout;
  private final FileChannel channel;
  private long records;

  private SpoolSegment(
      SpoolDisk disk,
      Path file,
      long firstSequence,
      SlotLayout layout,
      FileChannel channel,
      long records) {
    this.disk = disk;
    this.file = file;
    this.firstSequence = firstSequence;
    this.layout = layout;
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
      disk.write(channel, SlotLayout.PRESENT.header(firstSequence), 0);
      return new SpoolSegment(disk, file, firstSequence, SlotLayout.PRESENT, channel, 0);
    } catch (Throwable e) {
      channel.close();
      disk.delete(file);
      throw e;
    }
  }

  /**
   * Opens a file of an earlier run to be read; null if this program knows its format or its version
   * of the record not.
   */
  static SpoolSegment open(Path file, SpoolDisk disk) throws IOException {
    FileChannel channel = disk.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    readFully(channel, header, 0);
    header.clear();
    long firstSequence = SlotLayout.firstSequence(header);
    SlotLayout layout = SlotLayout.of(header);
    boolean ours =
        layout != null
            && file.equals(file(file.getParent(), firstSequence))
            && channel.size() >= HEADER_BYTES;
    if (!ours) {
      channel.close();
      return null;
    }
    return new SpoolSegment(
        disk, file, firstSequence, layout, channel, layout.slots(channel.size()));
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
    return layout.offset(records);
  }

  /**
   * Writes the remaining records of {@code block} behind the others: all or none. Not to a file of
   * an earlier run.
   */
  void append(RecordBlock block) throws IOException {
    ByteBuffer bytes = block.remaining().order(ByteOrder.LITTLE_ENDIAN);
    int added = bytes.remaining() / layout.slotBytes();
    for (int i = 0; i < added; i++) {
      int slot = i * layout.slotBytes();
      bytes.putLong(slot, 0); // the checksum's place, and the gap
      bytes.putInt(
          slot + RecordBlock.CHECKSUM_OFFSET, layout.checksum(bytes, i, endSequence() + i));
    }
    try {
      disk.write(channel, bytes, bytes());
    } catch (Throwable e) {
      channel.truncate(bytes());
      throw e;
    }
    records += added;
  }

  /**
   * Fills {@code block} with records from {@code sequence} on, up to its capacity, the file's end,
   * or a damaged record behind whole ones.
   *
   * @return the number of damaged slots before them
   */
  int read(long sequence, RecordBlock block) throws IOException {
    int wanted = (int) Math.min(block.capacity(), endSequence() - sequence);
    boolean isPresent = layout == SlotLayout.PRESENT;
    ByteBuffer slots = isPresent ? block.fill(sequence, wanted) : earlierSlots(wanted);
    slots.order(ByteOrder.LITTLE_ENDIAN);
    long offset = layout.offset(sequence - firstSequence);
    int complete = readFully(channel, slots.duplicate(), offset) / layout.slotBytes();
    int damaged = 0;
    while (damaged < wanted && !isWhole(slots, damaged, complete, sequence)) {
      damaged++;
    }
    int end = damaged;
    while (end < wanted && isWhole(slots, end, complete, sequence)) {
      end++;
    }
    block.fill(sequence, end);
    block.skip(damaged);
    if (!isPresent) {
      block.convert(slots, layout.slotBytes());
    }
    return damaged;
  }

  private ByteBuffer earlierSlots(int records) {
    return Arena.ofAuto().allocate((long) records * layout.slotBytes(), Long.BYTES).asByteBuffer();
  }

  private boolean isWhole(ByteBuffer slots, int index, int complete, long sequence) {
    return index < complete && layout.isWhole(slots, index, sequence + index);
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
