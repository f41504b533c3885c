// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.recording.KernelRelease;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Checks the kernel's release and its type information. */
final class KernelCheck {
  private KernelCheck() {}

  static List<Finding> findings() {
    return List.of(
        release(KernelRelease.running(), System.getProperty("os.arch")),
        typeInformation(TcpProbe.KERNEL_BTF));
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
}
