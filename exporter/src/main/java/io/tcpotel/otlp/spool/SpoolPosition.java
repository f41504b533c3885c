// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * The number of the first record without an answer, kept in a file of two places that are written
 * in turn: if the power goes while one is written, the other still holds. After the loss of a
 * position records are sent twice; none is lost.
 */
final class SpoolPosition {
  static final String NAME = "position";

  /** Each place in a disk's sector of its own. */
  private static final int PLACE_BYTES = 4096;

  private static final int ENTRY_BYTES = 24;

  private final SpoolDisk disk;
  private final FileChannel channel;
  private long sequence;
  private long version;

  private SpoolPosition(SpoolDisk disk, FileChannel channel) {
    this.disk = disk;
    this.channel = channel;
  }

  static SpoolPosition open(Path directory, SpoolDisk disk) throws IOException {
    SpoolPosition position =
        new SpoolPosition(
            disk,
            disk.open(
                directory.resolve(NAME),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
    position.read(0);
    position.read(1);
    return position;
  }

  private void read(int place) throws IOException {
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    int read = channel.read(entry, (long) place * PLACE_BYTES);
    entry.clear();
    if (read == ENTRY_BYTES && entry.getLong(16) == checksum(entry) && entry.getLong(0) > version) {
      version = entry.getLong(0);
      sequence = entry.getLong(8);
    }
  }

  private static long checksum(ByteBuffer entry) {
    CRC32C crc = new CRC32C();
    crc.update(entry.slice(0, 16));
    return crc.getValue();
  }

  /** 0 if nothing is known. */
  long sequence() {
    return sequence;
  }

  /** Keeps {@code sequence}; it is on the disk when this returns. */
  void write(long sequence) throws IOException {
    version++;
    this.sequence = sequence;
    ByteBuffer entry = ByteBuffer.allocate(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    entry.putLong(version).putLong(sequence);
    entry.putLong(checksum(entry)).flip();
    disk.write(channel, entry, version % 2 * PLACE_BYTES);
    disk.force(channel);
  }

  void close() throws IOException {
    channel.close();
  }
}
