// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process has used so far.
 *
 * @param cpuNs of all threads, those of collector and compilers too
 * @param allocatedBytes by all Java threads
 * @param wireBytes over the loopback of this network namespace, both ways, with all headers
 */
record Costs(long timeNs, long cpuNs, long allocatedBytes, long wireBytes) {
  private static final Path INTERFACES = Path.of("/proc/self/net/dev");
  private static final int SENT_BYTES = 9;

  static Costs now() throws IOException {
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return new Costs(
        System.nanoTime(),
        process.getProcessCpuTime(),
        threads.getTotalThreadAllocatedBytes(),
        loopbackBytes());
  }

  private static long loopbackBytes() throws IOException {
    for (String line : Files.readAllLines(INTERFACES)) {
      String[] words = line.strip().split("[: ]+");
      if (words[0].equals("lo")) {
        return Long.parseLong(words[SENT_BYTES]);
      }
    }
    throw new IOException("no loopback in " + INTERFACES);
  }

  Costs since(Costs earlier) {
    return new Costs(
        timeNs - earlier.timeNs,
        cpuNs - earlier.cpuNs,
        allocatedBytes - earlier.allocatedBytes,
        wireBytes - earlier.wireBytes);
  }
}
