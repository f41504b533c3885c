// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.Failure;
import io.tcpotel.OwnerOnly;
import io.tcpotel.proto.v1.CaptureHeader;
import io.tcpotel.proto.v1.Connection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A capture file that is being written. Connections reach it in pieces of some 64 KiB, or when it
 * is flushed; what is in it when writing fails are whole ones. One thread uses it.
 */
public final class RecordingFile implements AutoCloseable {
  private static final int PIECE_BYTES = 1 << 16;
  private static final String PLACE = "name a file in a directory that you may write to";

  private final Path path;
  private final FileChannel channel;
  private final ByteArrayOutputStream piece = new ByteArrayOutputStream(PIECE_BYTES);
  private long records;
  private long writtenRecords;
  private long writtenBytes;

  /**
   * When and where the capture began.
   *
   * @param unixNano wall clock, ns since 1970
   * @param clockOffsetNs wall clock minus CLOCK_MONOTONIC
   */
  public record Begin(String kernelRelease, String hostName, long unixNano, long clockOffsetNs) {
    /** The first message of the file; connections follow it. */
    public CaptureHeader header() {
      return RecordingFormat.header()
          .setKernelRelease(kernelRelease)
          .setHostName(hostName)
          .setStartTimeUnixNano(unixNano)
          .setClockOffsetNs(clockOffsetNs)
          .build();
    }
  }

  private RecordingFile(Path path, FileChannel channel, Begin begin) throws IOException {
    this.path = path;
    this.channel = channel;
    begin.header().writeDelimitedTo(piece);
  }

  /** Throws a {@link Failure} if {@link #create} is sure to, but for a file that exists. */
  public static void requireCreatable(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    if (Files.isDirectory(path)) {
      throw unusable(path, "is a directory", PLACE);
    }
    if (!Files.isDirectory(folder)) {
      throw unusable(path, "there is no directory " + folder, PLACE);
    }
  }

  /** Creates the file, in the place of another if {@code overwrite} says so. */
  public static RecordingFile create(Path path, boolean overwrite, Begin begin) {
    try {
      OwnerOnly.requireTrustedLinks(path);
      return new RecordingFile(path, open(path, overwrite), begin);
    } catch (FileAlreadyExistsException e) {
      throw unusable(path, "exists", "name another file");
    } catch (IOException e) {
      throw unusable(path, "cannot be created: " + reason(e), PLACE);
    }
  }

  /** A new file, not the old one emptied: that may be another user's, or open for reading. */
  private static FileChannel open(Path path, boolean overwrite) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      return FileChannel.open(path, StandardOpenOption.WRITE); // nobody loses a pipe by writing
    }
    Path file = path;
    if (overwrite && Files.exists(path)) {
      file = path.toRealPath();
      Files.delete(file);
    }
    return OwnerOnly.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
  }

  private static Failure unusable(Path path, String reason, String remedy) {
    return Failure.usage(path.toString(), reason, remedy);
  }

  private static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "there is no such directory";
    }
    return e instanceof FileSystemException fs && fs.getReason() != null
        ? fs.getReason()
        : e.getMessage();
  }

  /** Adds a connection. */
  public void add(Connection connection) {
    try {
      connection.writeDelimitedTo(piece);
    } catch (IOException e) {
      throw new IllegalStateException(e); // into memory
    }
    records++;
    if (piece.size() >= PIECE_BYTES) {
      flush();
    }
  }

  /** How many connections were added. */
  public long records() {
    return records;
  }

  /** Writes what was added. */
  public void flush() {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(piece.toByteArray());
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      keepWhole();
      throw Failure.running(
          path.toString(),
          "cannot be written: " + reason(e) + "; it has " + writtenRecords + " whole records",
          "see that there is room, and that whoever reads a pipe goes on",
          e);
    }
    writtenBytes += piece.size();
    writtenRecords = records;
    piece.reset();
  }

  private void keepWhole() {
    if (Files.isRegularFile(path)) {
      try {
        channel.truncate(writtenBytes);
      } catch (IOException e) {
        // The reader takes the whole records before a cut.
      }
    }
  }

  /** Closes the file; {@link #flush} comes before. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Everything was written, or it was said that it could not be.
    }
  }
}
