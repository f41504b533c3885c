// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.bpf.CgroupDirectory;
import io.tcpotel.doctor.Finding.Area;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds the cgroup v2 mount and the part of it that the scope covers. */
final class CgroupCheck {
  private static final Path OWN = Path.of("/proc/self/cgroup");
  private static final Path NAMESPACE = Path.of("/proc/self/ns/cgroup");

  /** The number of the first cgroup namespace, the host's: PROC_CGROUP_INIT_INO of the kernel. */
  private static final String FIRST_NAMESPACE = "cgroup:[4026531835]";

  private CgroupCheck() {}

  /**
   * @param scope the cgroup to watch; null if there is no cgroup v2
   * @param wholeHost whether the scope is the whole host
   */
  static List<Finding> findings(Path scope, boolean wholeHost) {
    List<Finding> findings = new ArrayList<>();
    try {
      Path root = CgroupDirectory.root();
      String kind = CgroupDirectory.isHybrid() ? "hybrid, v1 is mounted too" : "unified";
      findings.add(Finding.ok(Area.CGROUP, "mount", root + ", " + kind));
      if (wholeHost) {
        findings.add(namespace(readLink()));
      }
      findings.add(scope(scope, ownCgroup(root)));
    } catch (Failure failure) {
      findings.add(Finding.missing(Area.CGROUP, "mount", failure));
      findings.add(Finding.skipped(Area.CGROUP, "scope", "needs cgroup v2"));
    }
    return findings;
  }

  private static String readLink() {
    try {
      return Files.readSymbolicLink(NAMESPACE).toString();
    } catch (IOException e) {
      return FIRST_NAMESPACE; // unknown: no reason to warn
    }
  }

  /** In another namespace the visible root is the container's, not the host's. */
  static Finding namespace(String link) {
    return link.equals(FIRST_NAMESPACE)
        ? Finding.ok(Area.CGROUP, "namespace", "the host's")
        : Finding.warning(
            Area.CGROUP,
            "namespace",
            "not the host's: the root may be this container's, without the host's other"
                + " connections",
            "run with the host's: --cgroupns=host, with the host's /sys/fs/cgroup mounted");
  }

  /** Null if unknown. */
  private static Path ownCgroup(Path root) {
    String v2 = "0::/";
    try {
      return Files.readAllLines(OWN).stream()
          .filter(line -> line.startsWith(v2))
          .map(line -> root.resolve(line.substring(v2.length())).normalize())
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  private static Finding scope(Path scope, Path own) {
    String found = scope.toString();
    if (own != null) {
      found += own.startsWith(scope) ? ", includes this process" : ", excludes this process";
    }
    return Finding.ok(Area.CGROUP, "scope", found);
  }
}
