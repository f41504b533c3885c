// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.bpf.Capabilities;
import io.tcpotel.doctor.Finding.Area;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The capabilities, one by one, and the user namespace that they hold in. */
public final class PermissionCheck {
  private static final Path USER_MAP = Path.of("/proc/self/uid_map");
  private static final String NAMESPACE = "user namespace";

  /** All users, each as itself. */
  private static final String WHOLE = "0 0 4294967295";

  private PermissionCheck() {}

  public static List<Finding> findings() {
    List<Finding> findings =
        new ArrayList<>(capabilities(Capabilities.missing(), Capabilities.withheld()));
    try {
      findings.add(userNamespace(Files.readString(USER_MAP)));
    } catch (IOException e) {
      findings.add(Finding.skipped(Area.PERMISSIONS, NAMESPACE, USER_MAP + " cannot be read"));
    }
    return findings;
  }

  static List<Finding> capabilities(List<String> missing, List<String> withheld) {
    return Capabilities.NEEDED.stream()
        .map(name -> capability(name, missing.contains(name), withheld.contains(name)))
        .toList();
  }

  private static Finding capability(String name, boolean missing, boolean withheld) {
    if (!missing) {
      return Finding.ok(Area.PERMISSIONS, name, "held");
    }
    String container = "in a container, capabilities.add " + name.substring("CAP_".length());
    return withheld
        ? Finding.missing(
            Area.PERMISSIONS,
            name,
            "not held, and withheld from this process: not even root has it",
            "have it granted by what starts this: systemd, CapabilityBoundingSet="
                + name
                + "; "
                + container)
        : Finding.missing(
            Area.PERMISSIONS,
            name,
            "not held",
            "run as root, or have it granted: systemd, AmbientCapabilities="
                + name
                + "; "
                + container);
  }

  static Finding userNamespace(String map) {
    String words = map.strip().replaceAll("\\s+", " ");
    return words.equals(WHOLE)
        ? Finding.ok(Area.PERMISSIONS, NAMESPACE, "the host's")
        : Finding.warning(
            Area.PERMISSIONS,
            NAMESPACE,
            "one of its own (uid_map " + words + "): capabilities hold inside it alone",
            "run in the host's: a container of root's, without userns-remap; Kubernetes, hostUsers:"
                + " true");
  }
}
