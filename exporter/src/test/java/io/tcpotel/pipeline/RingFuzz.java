// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.recording.Recording;
import io.tcpotel.recording.StoredRing;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import java.io.ByteArrayInputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/** Records of any bytes are taken or refused; one that is taken comes back from a recording. */
public final class RingFuzz {
  private static final int LONGEST_BYTES = (int) tcp_probe_info.sizeof();
  private static final int KIND_OFFSET = (int) tcp_probe_info.kind$offset();

  private RingFuzz() {}

  /** The first byte says whether version and size are made right; the rest are records. */
  public static void fuzzerTestOneInput(byte[] input) {
    TakenRecords taken = new TakenRecords();
    taken.beforeDrain();
    for (int at = 1; at < input.length; at += LONGEST_BYTES) {
      byte[] record = Arrays.copyOfRange(input, at, Math.min(input.length, at + LONGEST_BYTES));
      taken.take(input[0] % 2 == 0 ? asOfItsKind(record) : record);
    }
    taken.afterDrain();
    taken.requireShown();
    requireRecorded(taken.images());
  }

  /** With version and size, and as long as its kind is, if it has one and enough bytes. */
  private static byte[] asOfItsKind(byte[] record) {
    RecordKind kind = record.length > KIND_OFFSET ? RecordKind.of(record[KIND_OFFSET]) : null;
    if (kind == null || record.length < kind.bytes()) {
      return record;
    }
    ByteBuffer head = ByteBuffer.wrap(record).order(ByteOrder.LITTLE_ENDIAN);
    head.putShort(0, (short) ProbeAbi.TCP_PROBE_VERSION()).putShort(2, (short) kind.bytes());
    return Arrays.copyOf(record, kind.bytes());
  }

  private static void requireRecorded(List<RecordImage> images) {
    byte[] file = RecordingBytes.of(images);
    try (Recording recording = Recording.read(new ByteArrayInputStream(file), "conns", null)) {
      StoredRing ring = recording.ring();
      for (int i = 0; i < images.size(); i++) {
        MemorySegment back = ring.record(i);
        long sent = images.get(i).view().sentBytes();
        if (tcp_probe_info.sent_bytes(back) != sent) {
          throw new AssertionError("sent bytes came back as " + tcp_probe_info.sent_bytes(back));
        }
      }
    }
  }
}
