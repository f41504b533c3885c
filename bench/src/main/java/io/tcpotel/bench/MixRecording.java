// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.recording.ConnectionMessage;
import io.tcpotel.recording.RecordingFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a capture of the {@link RecordMix}, the same one each time: MixRecording FILE RECORDS. */
final class MixRecording {
  private static final long CLOCK_OFFSET_NS = 1_795_500_000_000_000_000L;

  private MixRecording() {}

  public static void main(String[] arguments) throws IOException {
    RecordMix mix = new RecordMix();
    ConnectionRecord view = new ConnectionRecord();
    try (Arena arena = Arena.ofConfined();
        OutputStream out = new BufferedOutputStream(Files.newOutputStream(Path.of(arguments[0])))) {
      new RecordingFile.Begin("-", "bench", CLOCK_OFFSET_NS, CLOCK_OFFSET_NS)
          .header()
          .writeDelimitedTo(out);
      MemorySegment image = arena.allocate(tcp_probe_info.layout());
      for (long i = 0; i < Long.parseLong(arguments[1]); i++) {
        image.fill((byte) 0);
        mix.write(image);
        view.copyFrom(image, 0);
        ConnectionMessage.of(view, view.closeNs() + CLOCK_OFFSET_NS).writeDelimitedTo(out);
      }
    }
  }
}
