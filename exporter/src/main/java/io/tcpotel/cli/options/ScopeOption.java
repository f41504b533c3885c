// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.bpf.CgroupDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/**
 * Which sockets are watched: those of a cgroup v2 directory and of all below it, and of them all,
 * or those of the own network namespace.
 */
public final class ScopeOption {
  private static final String HOST = "host";
  private static final String POD = "pod";
  private static final String CGROUP = "cgroup:";

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      defaultValue = HOST,
      description =
          "Which sockets: host; pod, those of this process' network namespace; or cgroup:PATH, a cgroup"
              + " v2 directory with all below it (default: ${DEFAULT-VALUE}).")
  private String scope;

  @Option(
      names = "--cgroup-root",
      paramLabel = "DIR",
      description = "Where cgroup v2 is mounted (default: found in /proc/self/mountinfo).")
  private Path cgroupRoot;

  /** Of all of this host. */
  public boolean isHost() {
    return HOST.equals(scope);
  }

  /** Of this process' network namespace alone. */
  public boolean isPod() {
    return POD.equals(scope);
  }

  /**
   * Where to attach: "host" and "pod" are the root, "cgroup:PATH" a directory, absolute or below
   * the root.
   */
  public Path cgroup() {
    if (isHost() || isPod()) {
      return root();
    }
    if (!scope.startsWith(CGROUP) || scope.length() == CGROUP.length()) {
      throw Failure.usage(
          "--scope",
          "'" + scope + "' is unknown",
          "write host, pod, or cgroup:PATH with a cgroup v2 directory");
    }
    return directory("--scope", scope.substring(CGROUP.length()));
  }

  private Path root() {
    if (cgroupRoot == null) {
      return CgroupDirectory.root();
    }
    if (!Files.exists(cgroupRoot.resolve("cgroup.controllers"))) {
      throw Failure.usage(
          "--cgroup-root",
          cgroupRoot + " is no cgroup v2 directory",
          "name where cgroup v2 is mounted: mount -t cgroup2");
    }
    return cgroupRoot;
  }

  /**
   * The cgroup v2 directory at {@code path}, absolute or below the root, that {@code option} names.
   */
  public Path directory(String option, String path) {
    Path root = root();
    Path named = Path.of(path);
    Path belowRoot = root.resolve(named.isAbsolute() ? named.getRoot().relativize(named) : named);
    for (Path candidate : new Path[] {named.toAbsolutePath(), belowRoot}) {
      if (Files.isDirectory(candidate) && Files.exists(candidate.resolve("cgroup.procs"))) {
        return candidate;
      }
    }
    throw Failure.usage(
        option,
        "no cgroup v2 directory at " + named + " nor at " + belowRoot,
        "name one below " + root + "; /proc/PID/cgroup tells a process' own");
  }
}
