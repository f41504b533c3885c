// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The cause of a refused system call. The kernel gives EPERM for a missing capability, for a user
 * namespace, for a seccomp filter and for lockdown alike; /proc tells which of these this process
 * has.
 */
public final class Refusal {
  private static final String CAPABILITIES =
      "run as root, or give the process CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN";

  /** Known only in that all other causes are excluded. */
  public static final Obstacle SECURITY_MODULE =
      new Obstacle(
          "the capabilities are held, so a security module refuses it",
          "allow bpf in its policy: SELinux, ausearch -m avc; AppArmor, dmesg");

  public static final Obstacle SECCOMP =
      new Obstacle(
          "this process runs under a seccomp filter, which refuses bpf()",
          "allow bpf in it: systemd, SystemCallFilter=bpf; Docker, --security-opt"
              + " seccomp=PROFILE; Kubernetes, seccompProfile: {type: Unconfined}");

  public static final Obstacle LOCKDOWN =
      new Obstacle(
          "the kernel is locked down for confidentiality, so no program may read its memory",
          "boot with lockdown=integrity, or without lockdown");

  private static final String OPEN_FILES =
      "raise the limit of open files: ulimit -n 1024; systemd, LimitNOFILE=1024";

  /** Of a user namespace that maps each user to itself, as the host's does. */
  private static final String WHOLE = "0 0 4294967295";

  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final Path USER_MAP = Path.of("/proc/self/uid_map");
  private static final Path LOCKDOWN_MODES = Path.of("/sys/kernel/security/lockdown");

  private Refusal() {}

  /** A failure of {@code step} if a cause is known for {@code errno}. */
  static Optional<Failure> explained(String step, int errno) {
    if (errno == Errno.EMFILE) {
      return Optional.of(Failure.missing(step, Errno.describe(errno), OPEN_FILES));
    }
    List<Obstacle> causes = causes(errno);
    if (causes.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Failure.missing(
            step,
            Errno.describe(errno) + ": " + joined(causes.stream().map(Obstacle::reason)),
            joined(causes.stream().map(Obstacle::remedy))));
  }

  private static String joined(Stream<String> texts) {
    return texts.collect(Collectors.joining("; "));
  }

  private static List<Obstacle> causes(int errno) {
    boolean permission = Errno.isPermission(errno);
    List<Obstacle> known = new ArrayList<>();
    if (permission) {
      capabilities(Capabilities.missing()).ifPresent(known::add);
      userNamespace(read(USER_MAP)).ifPresent(known::add);
    }
    if (permission || errno == Errno.ENOSYS) {
      seccomp(read(STATUS)).ifPresent(known::add);
    }
    if (permission || errno == Errno.EINVAL) {
      lockdown(read(LOCKDOWN_MODES)).ifPresent(known::add);
    }
    return known.isEmpty() && permission ? List.of(SECURITY_MODULE) : known;
  }

  /** The capabilities that are missing, as a failure of {@code step}; empty if all are held. */
  static Optional<Failure> ofCapabilities(String step) {
    return capabilities(Capabilities.missing())
        .map(missing -> Failure.missing(step, missing.reason(), missing.remedy()));
  }

  private static Optional<Obstacle> capabilities(List<String> missing) {
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Obstacle("this process lacks " + String.join(", ", missing), CAPABILITIES));
  }

  /** From the text of /proc/PID/uid_map. */
  public static Optional<Obstacle> userNamespace(String map) {
    String words = map.strip().replaceAll("\\s+", " ");
    return words.isEmpty() || words.equals(WHOLE)
        ? Optional.empty()
        : Optional.of(
            new Obstacle(
                "this user namespace is not the host's (uid_map %s): capabilities are held only"
                        .formatted(words)
                    + " inside it",
                "run in the host's: a rootful container without userns-remap; Kubernetes, hostUsers:"
                    + " true"));
  }

  /** From the text of /proc/PID/status; modes 1 and 2 are strict and filtered (seccomp(2)). */
  static Optional<Obstacle> seccomp(String status) {
    return status.lines().anyMatch(line -> line.matches("Seccomp:\\s*[1-9]"))
        ? Optional.of(SECCOMP)
        : Optional.empty();
  }

  /** From the text of the kernel's lockdown file, as "none integrity [confidentiality]". */
  static Optional<Obstacle> lockdown(String modes) {
    return modes.contains("[confidentiality]") ? Optional.of(LOCKDOWN) : Optional.empty();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // not mounted or not built: nothing is known
    }
  }

  /**
   * Fails where fewer than {@code needed} files can still be opened: libbpf takes the EMFILE of a
   * map for a feature that the kernel lacks, and Java loads its classes from files.
   */
  static void requireOpenFiles(String step, int needed) {
    try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"));
        Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      String limit =
          limits
              .filter(line -> line.startsWith("Max open files"))
              .map(line -> line.split("\\s+")[3])
              .findFirst()
              .orElse("unlimited");
      if (limit.matches("\\d{1,9}") && Integer.parseInt(limit) - open.count() < needed) {
        throw Failure.missing(
            step,
            "%s: the limit is %s, of which %d must be free"
                .formatted(Errno.describe(Errno.EMFILE), limit, needed),
            OPEN_FILES);
      }
    } catch (IOException e) {
      // No /proc: the kernel will say what it refuses.
    }
  }
}
