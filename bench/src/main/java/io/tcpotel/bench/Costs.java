// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * What this process has used so far.
 *
 * @param cpuNs of all threads, those of collector and compilers too
 * @param compilersNs of it the JVM's compilers', whose threads have to live as long as the JVM
 * @param allocatedBytes by all Java threads
 * @param wireBytes over the loopback of this network namespace, both ways, with all headers
 */
record Costs(long timeNs, long cpuNs, long compilersNs, long allocatedBytes, long wireBytes) {
  private static final Path THREADS = Path.of("/proc/self/task");

  /** The kernel keeps 15 characters: those of C1 CompilerThread0. */
  private static final Pattern COMPILER = Pattern.compile("C[12] CompilerThre\\s*");

  private static final Path INTERFACES = Path.of("/proc/self/net/dev");
  private static final int SENT_BYTES = 9;

  static Costs now() throws IOException {
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return new Costs(
        System.nanoTime(),
        process.getProcessCpuTime(),
        compilerThreadsNs(),
        threads.getTotalThreadAllocatedBytes(),
        loopbackBytes());
  }

  private static long compilerThreadsNs() throws IOException {
    long sumNs = 0;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
      for (Path thread : threads) {
        try {
          if (COMPILER.matcher(Files.readString(thread.resolve("comm"))).matches()) {
            sumNs += Long.parseLong(Files.readString(thread.resolve("schedstat")).split(" ")[0]);
          }
        } catch (NoSuchFileException e) {
          continue; // another thread, which has ended since: compilers do not
        }
      }
    }
    return sumNs;
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
        compilersNs - earlier.compilersNs,
        allocatedBytes - earlier.allocatedBytes,
        wireBytes - earlier.wireBytes);
  }
}
