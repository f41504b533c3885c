// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the kernel charges to the cgroup of a container, which its limit holds.
 *
 * @param inactiveFile pages of files that are taken back before anything is refused
 * @param kernel with the maps of kernel programs
 * @param peakUsage since the container began
 */
record ContainerMemory(
    long usage, long anonymous, long file, long inactiveFile, long kernel, long peakUsage) {
  /** Of the container that {@code process} runs in; of cgroup v1 where it has the memory. */
  static ContainerMemory of(long process) {
    List<String> v1 = lines(Path.of("/proc/" + process + "/cgroup"));
    return v1.stream()
        .filter(line -> Arrays.asList(line.split(":")[1].split(",")).contains("memory"))
        .findFirst()
        .map(line -> ofV1(mount(" - cgroup .*\\bmemory\\b.*").resolve(path(line))))
        .orElseGet(() -> ofV2(mount(" - cgroup2 .*").resolve(path(v1.getLast()))));
  }

  private static ContainerMemory ofV1(Path folder) {
    return new ContainerMemory(
        number(folder.resolve("memory.usage_in_bytes")),
        statistic(folder, "total_rss"),
        statistic(folder, "total_cache"),
        statistic(folder, "total_inactive_file"),
        number(folder.resolve("memory.kmem.usage_in_bytes")),
        number(folder.resolve("memory.max_usage_in_bytes")));
  }

  private static ContainerMemory ofV2(Path folder) {
    return new ContainerMemory(
        number(folder.resolve("memory.current")),
        statistic(folder, "anon"),
        statistic(folder, "file"),
        statistic(folder, "inactive_file"),
        statistic(folder, "kernel"),
        number(folder.resolve("memory.peak")));
  }

  /** What the kubelet takes for the container's memory. */
  long workingSet() {
    return usage - inactiveFile;
  }

  private static String path(String line) {
    return line.substring(line.lastIndexOf(":/") + ":/".length());
  }

  private static Path mount(String pattern) {
    return lines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.matches(".*" + pattern))
        .map(line -> Path.of(line.split(" ")[4]))
        .findFirst()
        .orElseThrow();
  }

  private static long statistic(Path folder, String name) {
    return lines(folder.resolve("memory.stat")).stream()
        .filter(line -> line.startsWith(name + " "))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static long number(Path file) {
    return Long.parseLong(lines(file).getFirst());
  }

  private static List<String> lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
