// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.bpf.CgroupDirectory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which sockets are watched: those of a cgroup v2 directory and of all below it. */
final class ScopeOption {
  private static final String CGROUP = "cgroup:";

  private ScopeOption() {}

  /**
   * The cgroup of {@code scope}: "host" is the root, "cgroup:PATH" a directory, absolute or below
   * the root.
   */
  static Path cgroup(String scope) {
    if ("host".equals(scope)) {
      return CgroupDirectory.root();
    }
    if (!scope.startsWith(CGROUP) || scope.length() == CGROUP.length()) {
      throw Failure.usage(
          "--scope",
          "'" + scope + "' is unknown",
          "write host, or cgroup:PATH with a cgroup v2 directory");
    }
    Path path = Path.of(scope.substring(CGROUP.length()));
    Path root = CgroupDirectory.root();
    Path belowRoot = root.resolve(path.isAbsolute() ? Path.of("/").relativize(path) : path);
    for (Path candidate : new Path[] {path.toAbsolutePath(), belowRoot}) {
      if (Files.isDirectory(candidate) && Files.exists(candidate.resolve("cgroup.procs"))) {
        return candidate;
      }
    }
    throw Failure.usage(
        "--scope",
        "no cgroup v2 directory at " + path + " nor at " + belowRoot,
        "name one below " + root + "; /proc/PID/cgroup tells a process' own");
  }
}
