// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.Release;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.proto.v1.CaptureHeader;

/** The format of a recording: docs/recording.md. */
final class RecordingFormat {
  static final String MAGIC = "tcpotel capture";
  static final int VERSION = 1;

  /** Far more than any message has; what claims to be longer is no message. */
  static final int MAX_MESSAGE_BYTES = 1 << 16;

  private RecordingFormat() {}

  /** A header of this program. */
  static CaptureHeader.Builder header() {
    return CaptureHeader.newBuilder()
        .setMagic(MAGIC)
        .setFormatVersion(VERSION)
        .setRecordVersion(ProbeAbi.TCP_PROBE_VERSION())
        .setProgramVersion(Release.VERSION);
  }
}
