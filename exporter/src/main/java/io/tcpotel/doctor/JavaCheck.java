// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.doctor.Finding.Area;
import java.util.List;

/** The Java runtime. */
final class JavaCheck {
  private JavaCheck() {}

  static List<Finding> findings() {
    String runtime = Runtime.version() + ", " + System.getProperty("java.vendor");
    Finding access =
        TcpProbe.class.getModule().isNativeAccessEnabled()
            ? Area.JAVA.ok("native access", "enabled")
            : Problem.NATIVE_ACCESS_OFF.finding();
    return List.of(Area.JAVA.ok("runtime", runtime), access);
  }
}
