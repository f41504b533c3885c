// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.bpf.CgroupDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/**
 * The sockets to watch: those of a cgroup v2 directory and of all directories below it, in all
 * network namespaces or only in that of this process.
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
          "Sockets to watch: host, all; pod, those of this process' network namespace; or"
              + " cgroup:PATH, those in a cgroup v2 directory or below (default:"
              + " ${DEFAULT-VALUE}).")
  private String scope;

  @Option(
      names = "--cgroup-root",
      paramLabel = "DIR",
      description = "Mount point of cgroup v2 (default: found in /proc/self/mountinfo).")
  private Path cgroupRoot;

  /** The whole host. */
  public boolean isHost() {
    return HOST.equals(scope);
  }

  /** Only this process' network namespace. */
  public boolean isPod() {
    return POD.equals(scope);
  }

  /** Whether it is of the host's root cgroup: the pod's sockets can belong to any below it. */
  public boolean isOfRoot() {
    return isHost() || isPod();
  }

  /** The option's value; that of a pod names its network namespace. */
  @Override
  public String toString() {
    return isPod() ? POD + " " + ownNetns() : scope;
  }

  private static Path ownNetns() {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    } catch (IOException e) {
      return Path.of(""); // then pods with one host name are not told apart
    }
  }

  /** The cgroup to attach to: the root for "host" and "pod", the directory for "cgroup:PATH". */
  public Path cgroup() {
    if (isOfRoot()) {
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
          cgroupRoot + " is not a cgroup v2 directory",
          "name the mount point of cgroup v2: mount -t cgroup2 lists it");
    }
    return cgroupRoot;
  }

  /**
   * The cgroup v2 directory at {@code path}, absolute or below the root; {@code option} is where
   * the user named it.
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
        "name one below " + root + "; /proc/PID/cgroup shows that of a process");
  }
}
