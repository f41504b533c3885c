// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.recording.ConnectionMessage;
import io.tcpotel.recording.RecordingFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Captures in memory. */
public final class RecordingBytes {
  /** Wall clock minus kernel clock in these captures. */
  public static final long CLOCK_OFFSET_NS = 1_700_000_000_000_000_000L;

  public static final String KERNEL = "6.12.43-amd64";
  public static final String HOST = "node-7";
  public static final long START_UNIX_NANO = 1_787_184_122_006_101_000L;

  private RecordingBytes() {}

  /** A whole capture file. */
  public static byte[] of(List<RecordImage> records) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      new RecordingFile.Begin(KERNEL, HOST, START_UNIX_NANO, CLOCK_OFFSET_NS)
          .header()
          .writeDelimitedTo(bytes);
      for (RecordImage record : records) {
        ConnectionMessage.of(record.view(), timeNs(record)).writeDelimitedTo(bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The wall clock of a record. */
  public static long timeNs(RecordImage record) {
    return record.view().closeNs() + CLOCK_OFFSET_NS;
  }
}
