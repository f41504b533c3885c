// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.timespec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The clock of the kernel's records. */
final class MonotonicClock {
  private static final long NS_PER_S = 1_000_000_000L;

  private MonotonicClock() {}

  /**
   * Makes sure that System.nanoTime() is CLOCK_MONOTONIC: HotSpot on Linux does it so, but nothing
   * promises it, and all timestamps rest on it.
   */
  static void requireNanoTime() {
    long beforeNs = System.nanoTime();
    long clockNs = read();
    long afterNs = System.nanoTime();
    if (clockNs < beforeNs || clockNs > afterNs) {
      throw Failure.missing(
          "compare clocks",
          "this Java's nanoTime is not the kernel's monotonic clock",
          "use a HotSpot JDK 25");
    }
  }

  private static long read() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = timespec.allocate(arena);
      Libbpf.clock_gettime(Libbpf.CLOCK_MONOTONIC(), time);
      return timespec.tv_sec(time) * NS_PER_S + timespec.tv_nsec(time);
    }
  }
}
