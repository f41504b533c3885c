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

  private CgroupCheck() {}

  /**
   * @param scope the cgroup to watch; null if there is no cgroup v2
   * @param ofRoot whether the scope is of the host's root cgroup
   */
  static List<Finding> findings(Path scope, boolean ofRoot) {
    List<Finding> findings = new ArrayList<>();
    try {
      Path root = CgroupDirectory.root();
      String kind = CgroupDirectory.isHybrid() ? "hybrid, v1 is mounted too" : "unified";
      findings.add(Area.CGROUP.ok("mount", root + ", " + kind));
      if (ofRoot) {
        findings.add(root(scope));
      }
      findings.add(scope(scope, root));
    } catch (Failure failure) {
      findings.add(Area.CGROUP.missing("mount", failure));
      findings.add(Area.CGROUP.skipped("scope", "needs cgroup v2"));
    }
    return findings;
  }

  static Finding root(Path scope) {
    return CgroupDirectory.narrowed(scope)
        .map(obstacle -> Area.CGROUP.warning("root", obstacle))
        .orElseGet(() -> Area.CGROUP.ok("root", "the host's"));
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

  /** Of another mount than {@code root} only the host's root tells: it includes each process. */
  private static Finding scope(Path scope, Path root) {
    Path own = ownCgroup(root);
    String found = scope.toString();
    if (CgroupDirectory.narrowed(scope).isEmpty() || own != null && own.startsWith(scope)) {
      found += ", includes this process";
    } else if (own != null && scope.startsWith(root)) {
      found += ", excludes this process";
    }
    return Area.CGROUP.ok("scope", found);
  }
}
