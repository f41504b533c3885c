// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import java.lang.foreign.MemorySegment;

/**
 * The record of version 2, as files of earlier programs hold it, made into one of this version. Its
 * fields are the first of this version's, at the same places; its kinds are the first six, and each
 * has {@link #BYTES}. What it lacks reads as 0, and without a flag: absent.
 */
public final class RecordVersion2 {
  public static final int VERSION = 2;
  public static final int BYTES = 216;

  private RecordVersion2() {}

  /** Whether {@code data}, of {@link #BYTES} at least, begins with one. */
  public static boolean isAt(MemorySegment data) {
    int kind = tcp_probe_info.kind(data);
    return tcp_probe_info.version(data) == VERSION
        && tcp_probe_info.size(data) == BYTES
        && kind >= RecordKind.OPEN.number()
        && kind <= RecordKind.UNOBSERVED.number();
  }

  /** Makes the record at the beginning of {@code data} one of this version, in its place. */
  public static void convert(MemorySegment data) {
    data.asSlice(BYTES, tcp_probe_info.sizeof() - BYTES).fill((byte) 0);
    tcp_probe_info.version(data, (short) ProbeAbi.TCP_PROBE_VERSION());
    tcp_probe_info.size(data, (short) RecordKind.of(tcp_probe_info.kind(data)).bytes());
  }
}
