// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.proto.v1.CaptureHeader;
import io.tcpotel.proto.v1.Connection;
import java.io.IOException;
import java.io.OutputStream;

/** Writes a capture: the header first, then connections. The caller buffers, flushes and closes. */
public final class RecordingWriter {
  private final OutputStream out;

  /**
   * Writes the header.
   *
   * @param startUnixNano wall clock, ns since 1970
   * @param clockOffsetNs wall clock minus CLOCK_MONOTONIC
   */
  public RecordingWriter(
      OutputStream out,
      String kernelRelease,
      String hostName,
      long startUnixNano,
      long clockOffsetNs)
      throws IOException {
    this.out = out;
    CaptureHeader header =
        RecordingFormat.header()
            .setKernelRelease(kernelRelease)
            .setHostName(hostName)
            .setStartTimeUnixNano(startUnixNano)
            .setClockOffsetNs(clockOffsetNs)
            .build();
    header.writeDelimitedTo(out);
  }

  public void write(Connection connection) throws IOException {
    connection.writeDelimitedTo(out);
  }
}
