// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import io.tcpotel.OwnerOnly;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Every operation that changes the spool's directory. Their order decides what a power cut costs; a
 * test records it by a subclass.
 */
class SpoolDisk {
  FileChannel open(Path file, OpenOption... options) throws IOException {
    return OwnerOnly.open(file, options);
  }

  void write(FileChannel channel, ByteBuffer from, long position) throws IOException {
    long at = position;
    while (from.hasRemaining()) {
      at += channel.write(from, at);
    }
  }

  /** The content of {@code channel} survives a power cut when this returns. */
  void force(FileChannel channel) throws IOException {
    channel.force(false);
  }

  /** The names of new files survive a power cut when this returns. */
  void forceNames(Path directory) throws IOException {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  void delete(Path file) throws IOException {
    Files.deleteIfExists(file);
  }
}
