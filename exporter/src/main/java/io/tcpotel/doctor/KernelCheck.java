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
      return Problem.KERNEL_UNKNOWN.finding(found);
    }
    return release.isAtLeast(5, 15)
        ? Area.KERNEL.ok("release", found)
        : Problem.KERNEL_OLD.finding(found);
  }

  static Finding typeInformation(Path file) {
    return Files.isReadable(file)
        ? Area.KERNEL.ok("BTF", file.toString())
        : Problem.NO_BTF.finding(file.toString());
  }
}
