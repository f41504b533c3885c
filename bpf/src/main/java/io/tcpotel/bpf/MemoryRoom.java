// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the memory cgroup of this process, or one above it, has room for the states of further
 * connections. The kernel charges them to this process, whosever the sockets are; where a hook's
 * charge exceeds the limit it lets it pass, and kills this process at its next page.
 *
 * <p>Of cgroup v2 (cgroup-v2.rst, "Memory Interface Files"). One thread uses it.
 */
public final class MemoryRoom {
  /** Said while there is none. */
  public static final String SHORT =
      "the memory cgroup's limit is near: connections that begin now are reported as unobserved;"
          + " raise the limit by 720 bytes for each end";

  /** One part in this many of the limit is left for the process itself, if that is not too much. */
  private static final int RESERVED_SHARE = 8;

  private static final long MOST_RESERVED_BYTES = 32 << 20;

  private final List<Path> limited = new ArrayList<>();
  private boolean isShort;

  /**
   * @param root where cgroup v2 is mounted
   * @param cgroup of the process, below it
   */
  MemoryRoom(Path root, Path cgroup) {
    for (Path each = cgroup; each != null && each.startsWith(root); each = each.getParent()) {
      if (Files.isReadable(each.resolve("memory.max"))) {
        limited.add(each);
      }
    }
  }

  /** That of this process; without any limit if there is no cgroup v2. */
  public static MemoryRoom ofThisProcess() {
    try {
      Path root = CgroupDirectory.root();
      String own =
          Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
              .filter(line -> line.startsWith("0::/"))
              .map(line -> line.substring("0::/".length()))
              .findFirst()
              .orElse("");
      return new MemoryRoom(root, root.resolve(own));
    } catch (IOException | RuntimeException e) {
      return new MemoryRoom(Path.of("/"), null);
    }
  }

  /** Reads the files anew. Once the room is short, it has to grow by a quarter to be enough. */
  public boolean isShort() {
    boolean found = false;
    for (Path each : limited) {
      try {
        found |= isShort(each);
      } catch (IOException | NumberFormatException e) {
        found |= isShort; // what cannot be read now says nothing
      }
    }
    isShort = found;
    return found;
  }

  private boolean isShort(Path cgroup) throws IOException {
    String max = Files.readString(cgroup.resolve("memory.max")).strip();
    if (max.equals("max")) {
      return false;
    }
    long limitBytes = Long.parseLong(max);
    long reservedBytes = Math.min(limitBytes / RESERVED_SHARE, MOST_RESERVED_BYTES);
    long mostBytes = limitBytes - (isShort ? reservedBytes / 4 * 5 : reservedBytes);
    long usedBytes = Long.parseLong(Files.readString(cgroup.resolve("memory.current")).strip());
    return usedBytes > mostBytes && usedBytes - inactiveFileBytes(cgroup) > mostBytes;
  }

  /** Pages of files that the kernel would drop first. Read last: the kernel adds it all up. */
  private static long inactiveFileBytes(Path cgroup) throws IOException {
    return Files.readAllLines(cgroup.resolve("memory.stat")).stream()
        .filter(line -> line.startsWith("inactive_file "))
        .mapToLong(line -> Long.parseLong(line.substring("inactive_file ".length())))
        .sum();
  }
}
