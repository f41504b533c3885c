// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.record.ConnectionRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/** Files of any bytes in a spool's directory: each record of an earlier run is read or counted. */
public final class SpoolFuzz {
  private static final int FIRST_SEQUENCE_OFFSET = 24;
  private static final int HEADER_CHECKSUM_OFFSET = 32;
  private static final Path DIRECTORY = directory();

  private SpoolFuzz() {}

  private static Path directory() {
    try {
      Path directory = Files.createTempDirectory("tcpotel-fuzz");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(directory)));
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void remove(Path directory) {
    try {
      clear(directory);
      Files.delete(directory);
    } catch (IOException e) {
      // It is a temporary one.
    }
  }

  private static void clear(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * The first byte chooses: a position beside a whole file, a file as it is, or one whose checksums
   * are made right.
   */
  public static void fuzzerTestOneInput(byte[] input) throws IOException {
    if (input.length == 0) {
      return;
    }
    clear(DIRECTORY);
    byte[] content = Arrays.copyOfRange(input, 1, input.length);
    if (input[0] % 3 == 0) {
      SpoolDirectory before = open(new SpoolCounts());
      before.append(SpoolRecords.block(0, 9));
      before.close();
      Files.write(DIRECTORY.resolve("position"), content);
    } else {
      byte[] file = input[0] % 3 == 1 ? content : withChecksums(content);
      Files.write(SpoolSegment.file(DIRECTORY, firstSequence(file)), file);
    }
    readAll();
  }

  private static long firstSequence(byte[] file) {
    boolean isThere = file.length >= FIRST_SEQUENCE_OFFSET + Long.BYTES;
    return isThere
        ? ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong(FIRST_SEQUENCE_OFFSET)
        : 0;
  }

  private static byte[] withChecksums(byte[] content) {
    byte[] file = content.clone();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length >= SpoolSegment.HEADER_BYTES) {
      bytes.putInt(HEADER_CHECKSUM_OFFSET, checksum(bytes.slice(0, HEADER_CHECKSUM_OFFSET), null));
    }
    long sequence = firstSequence(file);
    int slot = SpoolSegment.HEADER_BYTES;
    for (; slot + RecordBlock.SLOT_BYTES <= file.length; slot += RecordBlock.SLOT_BYTES) {
      int from = slot + RecordBlock.TIME_OFFSET;
      ByteBuffer covered = bytes.slice(from, RecordBlock.SLOT_BYTES - RecordBlock.TIME_OFFSET);
      bytes.putInt(slot, checksum(covered, sequence++));
    }
    return file;
  }

  private static int checksum(ByteBuffer covered, Long sequence) {
    CRC32C crc = new CRC32C();
    if (sequence != null) {
      crc.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, sequence));
    }
    crc.update(covered);
    return (int) crc.getValue();
  }

  private static SpoolDirectory open(SpoolCounts counts) {
    return SpoolDirectory.open(DIRECTORY, new FastDisk(), 1 << 20, counts);
  }

  /** No power goes here. */
  private static final class FastDisk extends SpoolDisk {
    @Override
    void force(FileChannel channel) {}

    @Override
    void forceNames(Path directory) {}
  }

  private static void readAll() throws IOException {
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = open(counts);
    long recovered = counts.recovered();
    ConnectionRecord record = new ConnectionRecord();
    RecordBlock block = new RecordBlock(7);
    long read = 0;
    while (spool.read(block)) {
      for (; block.hasNext(); block.skip(1)) {
        block.copyNext(record);
        read++;
      }
    }
    spool.append(SpoolRecords.block(100, 103));
    List<Long> added = SpoolRecords.readAll(spool);
    spool.close();
    if (read + counts.corrupt() != recovered || !added.equals(List.of(100L, 101L, 102L))) {
      throw new AssertionError(
          read + " read, " + counts.corrupt() + " corrupt, of " + recovered + "; then " + added);
    }
  }
}
