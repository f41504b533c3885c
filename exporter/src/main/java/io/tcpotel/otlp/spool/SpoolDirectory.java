// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Deque;

/**
 * A bounded queue of records in files: appended at the end, read in order, and forgotten once they
 * are answered; the oldest file is dropped when there is no room. Records that are read and not yet
 * answered stay on the disk. One thread uses it.
 *
 * <pre>
 * answered        read           end
 *     |            |              |
 *  [ file ][ file     ][ file     ]
 * </pre>
 */
final class SpoolDirectory {
  /** Numbers begin here, so that there is room in front. */
  private static final long FIRST_SEQUENCE = 1L << 60;

  /** The numbers between two files leave room for a file that is put between them. */
  private static final long GAP = 1L << 32;

  private static final int FILES = 8;
  private static final long LARGEST_FILE_BYTES = 16 << 20;

  private final Path directory;
  private final SpoolDisk disk;
  private final long limitBytes;
  private final long fileBytes;
  private final SpoolCounts counts;
  private final FileChannel lockFile;
  private final SpoolPosition position;
  private final Deque<SpoolSegment> segments;

  /** The last of the segments while it is being written; null if the next record begins one. */
  private SpoolSegment written;

  private long answered;
  private long read;
  private long handedOut;
  private long end;
  private boolean isDirty;

  private SpoolDirectory(
      Path directory, SpoolDisk disk, long limitBytes, SpoolCounts counts, SpoolRecovery recovery) {
    this.directory = directory;
    this.disk = disk;
    this.limitBytes = limitBytes;
    this.fileBytes = Math.min(LARGEST_FILE_BYTES, limitBytes / FILES);
    this.counts = counts;
    this.lockFile = recovery.lockFile();
    this.position = recovery.position();
    this.segments = recovery.segments();
    this.answered = position.sequence();
    this.read = answered;
    this.handedOut = answered;
    this.end = Math.max(recovery.end(), FIRST_SEQUENCE);
    counts.setUsageBytes(usageBytes(0));
  }

  /** Opens the directory for this process alone, with the records of an earlier run. */
  static SpoolDirectory open(Path directory, SpoolDisk disk, long limitBytes, SpoolCounts counts) {
    try {
      SpoolRecovery recovery = SpoolRecovery.run(directory, disk, counts);
      return new SpoolDirectory(directory, disk, limitBytes, counts, recovery);
    } catch (IOException e) {
      throw Failure.usage(
          Setting.SPOOL,
          SpoolError.reason(e),
          "name a directory that can be written, or leave it out");
    }
  }

  /** Size of the files that begin with {@code sequence} or behind it. */
  private long usageBytes(long sequence) {
    return segments.stream()
        .filter(segment -> segment.firstSequence() >= sequence)
        .mapToLong(SpoolSegment::bytes)
        .sum();
  }

  /** Writes the remaining records of {@code block} behind all others; makes room before. */
  void append(RecordBlock block) throws IOException {
    int bytes = block.left() * RecordBlock.SLOT_BYTES;
    if (written != null && written.bytes() + bytes > fileBytes) {
      written.sync();
      written = null;
    }
    while (!segments.isEmpty() && usageBytes(0) + SpoolSegment.HEADER_BYTES + bytes > limitBytes) {
      dropOldest();
    }
    if (written == null) {
      written = SpoolSegment.create(directory, end + GAP, disk);
      segments.addLast(written);
      disk.forceNames(directory);
    }
    written.append(block);
    end = written.endSequence();
    isDirty = true;
    counts.setUsageBytes(usageBytes(0));
  }

  private void dropOldest() throws IOException {
    SpoolSegment oldest = segments.removeFirst();
    long unread = Math.max(0, oldest.endSequence() - Math.max(read, oldest.firstSequence()));
    counts.dropFull(unread);
    read = Math.max(read, oldest.endSequence());
    forget(oldest);
  }

  private void forget(SpoolSegment segment) throws IOException {
    written = segment == written ? null : written;
    segment.delete();
    counts.setUsageBytes(usageBytes(0));
  }

  /**
   * Fills {@code block} with the next records; false if there are none. Skips and counts damaged
   * ones.
   */
  boolean read(RecordBlock block) throws IOException {
    block.clear();
    for (SpoolSegment segment = unread(); segment != null; segment = unread()) {
      read = Math.max(read, segment.firstSequence());
      counts.dropCorrupt(readFrom(segment, block));
      read = block.nextSequence() + block.left();
      if (block.hasNext()) {
        handedOut = read;
        return true;
      }
    }
    return false;
  }

  /** The file of the next record; null at the end. */
  private SpoolSegment unread() {
    for (SpoolSegment segment : segments) {
      if (segment.endSequence() > read) {
        return segment;
      }
    }
    return null;
  }

  private int readFrom(SpoolSegment segment, RecordBlock block) throws IOException {
    try {
      return segment.read(read, block);
    } catch (IOException e) {
      long unreadable = Math.min(block.capacity(), segment.endSequence() - read);
      counts.dropCorrupt(unreadable);
      read += unreadable;
      block.clear();
      throw e;
    }
  }

  boolean hasUnread() {
    return unread() != null;
  }

  /** All records before {@code sequence} have an answer: deletes the files of those alone. */
  void answered(long sequence) throws IOException {
    answered = Math.max(answered, sequence);
    if (answered >= handedOut) {
      answered = Math.max(answered, read); // only damaged records are between
    }
    while (!segments.isEmpty() && segments.getFirst().endSequence() <= answered) {
      forget(segments.removeFirst());
    }
  }

  /** The appended records and the position are on the disk when this returns. */
  void sync() throws IOException {
    if (isDirty && written != null) {
      written.sync();
    }
    isDirty = false;
    if (answered > position.sequence()) {
      position.write(answered);
    }
  }

  /**
   * Puts {@code records} in front, without an answer: some were read here, others never were here.
   * Reading begins with them and continues with {@code resume}, the number of the first record that
   * was not taken; 0 if none was.
   */
  void putBack(UnansweredRecords records, long resume) throws IOException {
    read = resume == 0 ? answered : resume;
    SpoolSegment begun = unread();
    boolean isPartlyRead = begun != null && begun.firstSequence() < read;
    counts.dropFull(records.keepNewest(roomInFront(isPartlyRead ? begun : null)));
    if (records.count() == 0) {
      answered(read);
      return;
    }
    long first = isPartlyRead ? begun.endSequence() : middleBefore(begun);
    SpoolSegment front = SpoolSegment.create(directory, first, disk);
    for (RecordBlock block : records.blocks()) {
      front.append(block);
    }
    if (isPartlyRead) {
      copyRest(begun, front);
    }
    // The position and the old files go only when the new file cannot be lost.
    front.sync();
    disk.forceNames(directory);
    position.write(first);
    read = first;
    answered(first);
    segments.addFirst(front);
    counts.setUsageBytes(usageBytes(0));
  }

  /** A number in front of {@code next}, or of the end, and behind every file that was read. */
  private long middleBefore(SpoolSegment next) {
    long limit = next == null ? end + GAP : next.firstSequence();
    return limit - (limit - Math.max(read, limit - GAP)) / 2;
  }

  /** The number of records that fit in front, beside the unread rest of {@code partlyRead}. */
  private long roomInFront(SpoolSegment partlyRead) {
    long unreadBytes = usageBytes(read);
    long room = (limitBytes - unreadBytes - SpoolSegment.HEADER_BYTES) / RecordBlock.SLOT_BYTES;
    return partlyRead == null ? room : room - (partlyRead.endSequence() - read);
  }

  private void copyRest(SpoolSegment from, SpoolSegment to) throws IOException {
    RecordBlock block = new RecordBlock(256);
    while (unread() == from && read(block)) {
      to.append(block);
    }
  }

  /** Leaves the records to the next run. */
  void close() throws IOException {
    sync();
    for (SpoolSegment segment : segments) {
      segment.close();
    }
    position.close();
    lockFile.close();
  }
}
