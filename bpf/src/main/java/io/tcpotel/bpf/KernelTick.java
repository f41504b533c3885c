// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import io.tcpotel.bpf.libbpf.timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The unit of the times that the kernel keeps in a socket: 1 / CONFIG_HZ. */
final class KernelTick {
  private static final int US_PER_S = 1_000_000;
  private static final int NS_PER_US = 1_000;

  private KernelTick() {}

  /** The coarse clocks advance once in a tick. */
  static int us() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment resolution = timespec.allocate(arena);
      if (Libbpf.clock_getres(Libbpf.CLOCK_MONOTONIC_COARSE(), resolution) != 0) {
        throw Failure.missing(
            "read the length of the kernel's tick",
            Errno.describe(NativeCall.errno()),
            "allow the system call clock_getres");
      }
      return Math.toIntExact(
          timespec.tv_sec(resolution) * US_PER_S + timespec.tv_nsec(resolution) / NS_PER_US);
    }
  }
}
