// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The time namespace of this process, in which CLOCK_MONOTONIC is not the kernel's own. */
final class TimeNamespace {
  private static final long NS_PER_S = 1_000_000_000L;

  private TimeNamespace() {}

  /**
   * CLOCK_MONOTONIC of this process minus that of the kernel and of its records, in ns
   * (time_namespaces(7)): 0 on the host, and where the kernel has no time namespaces.
   */
  static long monotonicOffsetNs() {
    try {
      return monotonicOffsetNs(Files.readString(Path.of("/proc/self/timens_offsets")));
    } catch (IOException e) {
      return 0; // there is no such file before Linux 5.6, or /proc is not mounted
    }
  }

  /** Of the file's lines: clock, seconds, nanoseconds; the latter count up from the former. */
  static long monotonicOffsetNs(String offsets) {
    for (String line : offsets.lines().toList()) {
      String[] words = line.strip().split("\\s+");
      if (words.length == 3 && words[0].equals("monotonic")) {
        return Long.parseLong(words[1]) * NS_PER_S + Long.parseLong(words[2]);
      }
    }
    return 0;
  }
}
