// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.ByteSize;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.recording.KernelRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Checks the kernel's release, its type information and the limit of locked memory. */
final class KernelCheck {
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String LOCKED = "Max locked memory";

  private KernelCheck() {}

  static List<Finding> findings() {
    KernelRelease release = KernelRelease.running();
    return List.of(
        release(release, System.getProperty("os.arch")),
        typeInformation(TcpProbe.KERNEL_BTF),
        lockedMemory(release, lockedMemoryLimit()));
  }

  static Finding release(KernelRelease release, String architecture) {
    String found = release.text() + ", " + architecture;
    if (release.isUnknown()) {
      return Area.KERNEL.warning(
          "release", found + ": cannot be compared", "see that it is 5.15 or newer");
    }
    return release.isAtLeast(5, 15)
        ? Area.KERNEL.ok("release", found)
        : Area.KERNEL.warning(
            "release", found + ": older than 5.15, untested", "boot a kernel of 5.15 or newer");
  }

  static Finding typeInformation(Path file) {
    return Files.isReadable(file)
        ? Area.KERNEL.ok("BTF", file.toString())
        : Area.KERNEL.missing(
            "BTF",
            "this kernel has no type information (" + file + ")",
            "use a kernel built with CONFIG_DEBUG_INFO_BTF: 5.15 or newer of any distribution; in a"
                + " container, /sys must be mounted");
  }

  /** As "8388608" or "unlimited". */
  private static String lockedMemoryLimit() {
    try (Stream<String> lines = Files.lines(LIMITS)) {
      return lines
          .filter(line -> line.startsWith(LOCKED))
          .map(line -> line.substring(LOCKED.length()).strip().split("\\s+")[0])
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Since 5.11 the kernel charges maps and programs to the memory cgroup instead. */
  static Finding lockedMemory(KernelRelease release, String limit) {
    boolean bytes = limit.matches("\\d{1,18}");
    String found = bytes ? new ByteSize(Long.parseLong(limit)).toString() : limit;
    if (release.isAtLeast(5, 11)) {
      return Area.KERNEL.ok("memory lock limit", found + " (irrelevant for BPF since 5.11)");
    }
    return limit.equals("unlimited")
        ? Area.KERNEL.ok("memory lock limit", found)
        : Area.KERNEL.warning(
            "memory lock limit",
            found + ": before 5.11 it limits the ring and the maps",
            "raise it: ulimit -l unlimited; systemd: LimitMEMLOCK=infinity");
  }
}
