// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.bpf.LibbpfLibrary;
import io.tcpotel.doctor.Finding.Area;

/** The library that loads the kernel programs. */
final class LibbpfCheck {
  private LibbpfCheck() {}

  static Finding finding() {
    try {
      LibbpfLibrary library = LibbpfLibrary.load();
      String by = library.named() ? " (named by " + LibbpfLibrary.VARIABLE + ")" : "";
      return Area.LIBBPF.ok("library", library.version() + ", " + library.file() + by);
    } catch (Failure failure) {
      return Area.LIBBPF.missing("library", failure);
    }
  }
}
