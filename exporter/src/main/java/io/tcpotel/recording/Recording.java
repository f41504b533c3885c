// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.proto.v1.CaptureHeader;
import io.tcpotel.proto.v1.Connection;
import io.tcpotel.workload.WorkloadTable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/**
 * A capture in memory: its records as the kernel's ring holds them, and when each came. Owns the
 * ring.
 */
public final class Recording implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 16;

  private final CaptureHeader header;
  private final StoredRing ring;
  private final RecordedCgroups cgroups = new RecordedCgroups();
  private long[] dueNs = new long[256];
  private long beginNs;

  private Recording(CaptureHeader header, StoredRing ring) {
    this.header = header;
    this.ring = ring;
  }

  /**
   * Throws a {@link Failure} if {@code file} is no capture that this program can read. A pipe,
   * which can be read but once, is not looked into.
   */
  public static void requireCapture(Path file) {
    boolean isPipe = Files.exists(file) && !Files.isRegularFile(file) && !Files.isDirectory(file);
    if (!isPipe) {
      read(file, RecordingReader::header);
    }
  }

  /** Reads all of {@code file}; says if it was not written to its end. */
  public static Recording read(Path file, Messages messages) {
    return read(file, reader -> of(reader, file.toString(), messages));
  }

  /** Reads a capture from {@code in}, which is called {@code name}. */
  public static Recording read(InputStream in, String name, Messages messages) {
    return of(new RecordingReader(new BufferedInputStream(in, BUFFER_BYTES), name), name, messages);
  }

  private static <T> T read(Path file, Function<RecordingReader, T> use) {
    if (Files.isDirectory(file)) {
      throw unreadable(file, "is a directory");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
      return use.apply(new RecordingReader(in, file.toString()));
    } catch (IOException e) {
      throw unreadable(file, Files.exists(file) ? "cannot be read: " + e : "is not there");
    }
  }

  private static Failure unreadable(Path file, String reason) {
    return Failure.usage(
        file.toString(), reason, "name a readable file that 'tcpotel record' wrote");
  }

  private static Recording of(RecordingReader reader, String name, Messages messages) {
    StoredRing ring = new StoredRing();
    try {
      Recording recording = new Recording(reader.header(), ring);
      for (Connection next = reader.next(); next != null; next = reader.next()) {
        recording.add(next, reader);
      }
      if (reader.isCut()) {
        messages.say(
            "%s: not written to its end: within a record at byte %d; the %d before it are taken"
                .formatted(name, reader.lastPosition(), ring.records()));
      }
      return recording;
    } catch (Failure failure) {
      ring.close();
      throw failure;
    }
  }

  private void add(Connection message, RecordingReader reader) {
    int index = records();
    MemorySegment image = image(message, reader);
    cgroups.take(message);
    // The wall clock may have been set meanwhile: what it said then counts.
    tcp_probe_info.close_ns(image, message.getTimeUnixNano() - header.getClockOffsetNs());
    if (index == dueNs.length) {
      dueNs = Arrays.copyOf(dueNs, 2 * index);
    }
    if (index == 0) {
      beginNs = message.getCloseNs();
    }
    // Records of several CPUs come in another order than their times.
    long previousNs = index == 0 ? 0 : dueNs[index - 1];
    dueNs[index] = Math.max(previousNs, message.getCloseNs() - beginNs);
  }

  /** The message as a record in the ring. */
  private MemorySegment image(Connection message, RecordingReader reader) {
    try {
      int bytes = ConnectionImage.bytes(message);
      if (!ring.hasRoom(bytes)) {
        throw reader.damaged("more than " + StoredRing.MAX_BYTES + " bytes of records");
      }
      MemorySegment image = ring.append(bytes);
      ConnectionImage.write(message, image);
      return image;
    } catch (IllegalArgumentException e) {
      throw reader.damaged(e.getMessage());
    }
  }

  public CaptureHeader header() {
    return header;
  }

  public StoredRing ring() {
    return ring;
  }

  /** An empty table of the workloads to which its connections belong. */
  public WorkloadTable workloads() {
    return cgroups.workloads();
  }

  public int records() {
    return (int) ring.records();
  }

  /** When the first record was made, by the wall clock. */
  public long beginUnixNano() {
    return records() == 0
        ? header.getStartTimeUnixNano()
        : tcp_probe_info.close_ns(ring.record(0)) + header.getClockOffsetNs();
  }

  /** From the first record to the last. */
  public long lengthNs() {
    return records() == 0 ? 0 : dueNs[records() - 1];
  }

  /** How long after the first record that of {@code index} came. */
  public long dueNs(int index) {
    return dueNs[index];
  }

  @Override
  public void close() {
    ring.close();
  }
}
