// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A bounded queue of records in files: appended behind, read in order, and forgotten once they are
 * answered; the oldest file is dropped when there is no room. What is read and not yet answered
 * stays on the disk. One thread uses it.
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

  /** Between the numbers of two files there is room for one that has to be read in between. */
  private static final long GAP = 1L << 32;

  /** Who talks to whom is nobody else's business. */
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final int COPY_RECORDS = 256;
  private static final int FILES = 8;
  private static final long LARGEST_FILE_BYTES = 16 << 20;

  private final Path directory;
  private final long limitBytes;
  private final long fileBytes;
  private final SpoolCounts counts;
  private final FileChannel lockFile;
  private final SpoolPosition position;
  private final Deque<SpoolSegment> segments = new ArrayDeque<>();

  /** The last of the segments while it is being written; null if the next record begins one. */
  private SpoolSegment written;

  private long answered;
  private long read;
  private long handedOut;
  private long end;
  private boolean isDirty;

  private SpoolDirectory(Path directory, long limitBytes, SpoolCounts counts, FileChannel lockFile)
      throws IOException {
    this.directory = directory;
    this.limitBytes = limitBytes;
    this.fileBytes = Math.min(LARGEST_FILE_BYTES, limitBytes / FILES);
    this.counts = counts;
    this.lockFile = lockFile;
    this.position = SpoolPosition.open(directory);
  }

  /** Makes the directory if there is none, locks it, and finds what an earlier run has left. */
  static SpoolDirectory open(Path directory, long limitBytes, SpoolCounts counts) {
    try {
      Files.createDirectories(directory, OWNER_ONLY);
      FileChannel lockFile = lock(directory);
      SpoolDirectory spool = new SpoolDirectory(directory, limitBytes, counts, lockFile);
      spool.recover();
      return spool;
    } catch (IOException e) {
      throw Failure.usage(
          Setting.SPOOL,
          SpoolError.reason(e),
          "name a directory that can be written, or leave it out");
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel file =
        FileChannel.open(
            directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = file.tryLock();
    } catch (OverlappingFileLockException e) {
      // by another of this process
    }
    if (lock == null) {
      file.close();
      throw Failure.usage(
          Setting.SPOOL,
          directory + " is in use by another process",
          "give each its own directory");
    }
    return file;
  }

  private void recover() throws IOException {
    answered = position.sequence();
    end = Math.max(answered, FIRST_SEQUENCE);
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.filter(file -> file.toString().endsWith(SpoolSegment.SUFFIX)).sorted().toList();
    }
    for (Path file : files) {
      recover(file);
    }
    read = answered;
    handedOut = answered;
    counts.usageBytes = usageBytes();
  }

  private void recover(Path file) throws IOException {
    SpoolSegment segment = SpoolSegment.open(file);
    if (segment == null) {
      long records = SpoolSegment.slots(Files.size(file));
      counts.recovered.add(records);
      counts.corrupt.add(records);
      Files.delete(file);
      return;
    }
    end = Math.max(end, segment.endSequence());
    if (segment.endSequence() <= answered) {
      segment.delete();
      return;
    }
    long records = segment.endSequence() - Math.max(answered, segment.firstSequence());
    counts.recovered.add(records);
    counts.pending.addAndGet(records);
    segments.addLast(segment);
  }

  private long usageBytes() {
    return segments.stream().mapToLong(SpoolSegment::bytes).sum();
  }

  /** Writes the remaining records of {@code block} behind all others; makes room before. */
  void append(RecordBlock block) throws IOException {
    int bytes = block.left() * RecordBlock.SLOT_BYTES;
    if (written != null && written.bytes() + bytes > fileBytes) {
      roll();
    }
    while (!segments.isEmpty() && usageBytes() + SpoolSegment.HEADER_BYTES + bytes > limitBytes) {
      dropOldest();
    }
    if (written == null) {
      written = SpoolSegment.create(directory, end + GAP);
      syncNames();
      segments.addLast(written);
    }
    written.append(block);
    end = written.endSequence();
    isDirty = true;
    counts.usageBytes = usageBytes();
  }

  private void roll() throws IOException {
    written.sync();
    written = null;
  }

  private void dropOldest() throws IOException {
    SpoolSegment oldest = segments.removeFirst();
    long unread = Math.max(0, oldest.endSequence() - Math.max(read, oldest.firstSequence()));
    counts.full.add(unread);
    counts.pending.addAndGet(-unread);
    read = Math.max(read, oldest.endSequence());
    forget(oldest);
  }

  private void forget(SpoolSegment segment) throws IOException {
    if (segment == written) {
      written = null;
    }
    segment.delete();
    counts.usageBytes = usageBytes();
  }

  /**
   * Fills {@code block} with the next records; false if there are none. Damaged ones are passed
   * over and counted.
   */
  boolean read(RecordBlock block) throws IOException {
    block.clear();
    for (SpoolSegment segment = unread(); segment != null; segment = unread()) {
      read = Math.max(read, segment.firstSequence());
      passOver(readFrom(segment, block));
      read += block.size();
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
      passOver(unreadable);
      read += unreadable;
      block.clear();
      throw e;
    }
  }

  private void passOver(long damaged) {
    counts.corrupt.add(damaged);
    counts.pending.addAndGet(-damaged);
  }

  boolean hasUnread() {
    return unread() != null;
  }

  /** All records before {@code sequence} have an answer: the files of those can go. */
  void answered(long sequence) throws IOException {
    answered = Math.max(answered, sequence);
    if (answered >= handedOut) {
      answered = Math.max(answered, read); // in between are damaged ones alone
    }
    while (!segments.isEmpty() && segments.getFirst().endSequence() <= answered) {
      forget(segments.removeFirst());
    }
  }

  /** What was appended, and up to where it was answered, is on the disk when this returns. */
  void sync() throws IOException {
    if (isDirty && written != null) {
      written.sync();
    }
    isDirty = false;
    if (answered > position.sequence()) {
      position.write(answered);
    }
  }

  /** A new file's name is on the disk only with its directory. */
  private void syncNames() throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  /**
   * Puts records back in front that were read, or never were here, and have no answer. Reading
   * begins with them and goes on with {@code resume}, the number of the first record that was not
   * taken; 0 if none was.
   */
  void putBack(List<RecordBlock> blocks, long resume) throws IOException {
    read = resume == 0 ? answered : resume;
    SpoolSegment begun = unread();
    boolean isPartlyRead = begun != null && begun.firstSequence() < read;
    long rest = isPartlyRead ? begun.endSequence() - read : 0;
    long unreadBytes =
        segments.stream()
            .filter(segment -> segment.firstSequence() >= read)
            .mapToLong(SpoolSegment::bytes)
            .sum();
    long roomBytes = limitBytes - unreadBytes - SpoolSegment.HEADER_BYTES;
    if (dropWithoutRoom(blocks, roomBytes / RecordBlock.SLOT_BYTES - rest) == 0) {
      answered(read);
      return;
    }
    long next = begun == null ? end + GAP : begun.firstSequence();
    long first = isPartlyRead ? begun.endSequence() : next - GAP / 2;
    SpoolSegment front = SpoolSegment.create(directory, first);
    for (RecordBlock block : blocks) {
      front.append(block);
    }
    counts.pending.addAndGet(front.endSequence() - first);
    if (isPartlyRead) {
      copyRest(begun, front);
    }
    front.sync();
    syncNames();
    position.write(first);
    answered = first;
    read = first;
    while (!segments.isEmpty() && segments.getFirst().endSequence() <= first) {
      forget(segments.removeFirst());
    }
    segments.addFirst(front);
    counts.usageBytes = usageBytes();
  }

  /** Drops the oldest beyond {@code room}, and counts them; returns how many are left. */
  private long dropWithoutRoom(List<RecordBlock> blocks, long room) {
    long records = blocks.stream().mapToLong(RecordBlock::left).sum();
    long dropped = Math.clamp(records - room, 0, records);
    counts.full.add(dropped);
    long toDrop = dropped;
    for (RecordBlock block : blocks) {
      int skipped = (int) Math.min(toDrop, block.left());
      block.skip(skipped);
      toDrop -= skipped;
    }
    return records - dropped;
  }

  private void copyRest(SpoolSegment from, SpoolSegment to) throws IOException {
    RecordBlock block = new RecordBlock(COPY_RECORDS);
    while (unread() == from && read(block)) {
      to.append(block);
    }
  }

  /** What is here stays for the next run. */
  void close() throws IOException {
    sync();
    for (SpoolSegment segment : segments) {
      segment.close();
    }
    position.close();
    lockFile.close();
  }
}
