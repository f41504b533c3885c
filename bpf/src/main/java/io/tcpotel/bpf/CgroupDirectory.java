// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Where cgroup v2 is mounted: alone at /sys/fs/cgroup, or beside v1 on a hybrid host. */
public final class CgroupDirectory {
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");
  private static final String USUAL = "/sys/fs/cgroup";

  private CgroupDirectory() {}

  /** The root of cgroup v2, or a {@link Failure} that says how to mount it. */
  public static Path root() {
    try {
      List<String> mounts = Files.readAllLines(MOUNTS);
      return root(mounts).orElseThrow(() -> notMounted(mounts));
    } catch (IOException e) {
      throw Failure.missing("read " + MOUNTS, e.getMessage(), "mount proc at /proc");
    }
  }

  /** Whether cgroup v1 is mounted too: a hybrid host. */
  public static boolean isHybrid() {
    try {
      return isHybrid(Files.readAllLines(MOUNTS));
    } catch (IOException e) {
      return false;
    }
  }

  static boolean isHybrid(List<String> mounts) {
    return of("cgroup", mounts).findAny().isPresent();
  }

  /**
   * The fields of each mount of a type. A line of mountinfo (proc(5)):
   *
   * <pre>36 35 98:0 /root /mount/point options optional-fields... - fstype source super-options
   * </pre>
   */
  private static Stream<String[]> of(String type, List<String> mounts) {
    return mounts.stream()
        .filter(line -> line.contains(" - " + type + " "))
        .map(line -> line.split(" "));
  }

  /**
   * {@code ip netns exec} mounts a /sys of its own, without what was mounted below it: there the
   * directory exists, and none can be made.
   */
  private static Failure notMounted(List<String> mounts) {
    boolean bare = mounts.stream().noneMatch(line -> line.contains(" " + USUAL + " "));
    return Failure.missing(
        "find cgroup v2",
        "it is not mounted",
        bare
            ? "mount it: mount -t cgroup2 none "
                + USUAL
                + "; instead of 'ip netns exec NAME', whose /sys is without it: nsenter"
                + " --net=/run/netns/NAME"
            : "mount it: mount -t cgroup2 none /sys/fs/cgroup/unified (create the directory), or boot"
                + " with systemd.unified_cgroup_hierarchy=1; in a container, mount the host's into it");
  }

  /**
   * The obstacle if {@code root}, from which the whole host is to be seen, is the directory of a
   * container: each cgroup but the host's root has a file cgroup.events (cgroup-v2.rst).
   */
  public static Optional<Obstacle> narrowed(Path root) {
    return Files.exists(root.resolve("cgroup.events"))
        ? Optional.of(
            new Obstacle(
                root + " is not the host's root cgroup: connections outside of it are not seen",
                "run with the host's: --cgroupns=host, with the host's /sys/fs/cgroup mounted"))
        : Optional.empty();
  }

  /** The first mount of cgroup v2 that shows its root, else the first at all. */
  static Optional<Path> root(List<String> mounts) {
    List<String[]> found = of("cgroup2", mounts).toList();
    return found.stream()
        .filter(fields -> fields[3].equals("/"))
        .findFirst()
        .or(() -> found.stream().findFirst())
        .map(fields -> Path.of(unescape(fields[4])));
  }

  /** Blanks and backslashes stand in mountinfo as octal. */
  private static String unescape(String text) {
    return text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
  }
}
