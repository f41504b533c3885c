// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.Failure;
import io.tcpotel.OwnerOnly;
import io.tcpotel.Setting;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/** Opens a spool's directory for this process alone, and finds the files of earlier runs. */
final class SpoolRecovery {
  private static final String LOCK = "lock";

  private final Path directory;
  private final SpoolDisk disk;
  private final SpoolCounts counts;
  private final FileChannel lockFile;
  private final SpoolPosition position;
  private final Deque<SpoolSegment> segments = new ArrayDeque<>();
  private long end;

  private SpoolRecovery(Path directory, SpoolDisk disk, SpoolCounts counts, FileChannel lockFile)
      throws IOException {
    this.directory = directory;
    this.disk = disk;
    this.counts = counts;
    this.lockFile = lockFile;
    this.position = SpoolPosition.open(directory, disk);
    this.end = position.sequence();
  }

  /** Makes the directory if there is none, locks it, and opens what an earlier run has left. */
  static SpoolRecovery run(Path directory, SpoolDisk disk, SpoolCounts counts) throws IOException {
    OwnerOnly.createDirectory(directory);
    SpoolRecovery recovery = new SpoolRecovery(directory, disk, counts, lock(directory));
    recovery.openSegments();
    return recovery;
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel file =
        OwnerOnly.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = null;
    try {
      lock = file.tryLock();
    } catch (OverlappingFileLockException e) {
      // held by this process
    }
    if (lock == null) {
      file.close();
      throw Failure.usage(
          Setting.SPOOL,
          directory + " is in use by another process",
          "give each process a directory of its own");
    }
    return file;
  }

  private void openSegments() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(directory)) {
      files = all.sorted().toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (SpoolSegment.isName(name) && OwnerOnly.isOwnFile(file)) {
        open(file);
      } else if (!isKnown(name)) {
        counts.foreignEntry();
      }
    }
  }

  private static boolean isKnown(String name) {
    return name.equals(LOCK) || name.equals(SpoolPosition.NAME) || name.equals(SpanSpool.NAME);
  }

  private void open(Path file) throws IOException {
    SpoolSegment segment = SpoolSegment.open(file, disk);
    if (segment == null) {
      counts.recoveredCorrupt(SlotLayout.PRESENT.slots(Files.size(file)));
      disk.delete(file);
      return;
    }
    end = Math.max(end, segment.endSequence());
    if (segment.endSequence() <= position.sequence()) {
      segment.delete();
      return;
    }
    long first = Math.max(position.sequence(), segment.firstSequence());
    counts.recovered(segment.endSequence() - first);
    segments.addLast(segment);
  }

  FileChannel lockFile() {
    return lockFile;
  }

  SpoolPosition position() {
    return position;
  }

  /** The files with unanswered records, oldest first. */
  Deque<SpoolSegment> segments() {
    return segments;
  }

  /** The number behind the last record; 0 if nothing is known. */
  long end() {
    return end;
  }
}
