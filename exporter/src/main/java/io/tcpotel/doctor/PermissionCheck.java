// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.bpf.Capabilities;
import io.tcpotel.bpf.Refusal;
import io.tcpotel.doctor.Finding.Area;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Checks each capability, and the user namespace in which they are held. */
final class PermissionCheck {
  private static final Path USER_MAP = Path.of("/proc/self/uid_map");
  private static final String NAMESPACE = "user namespace";

  private PermissionCheck() {}

  static List<Finding> findings() {
    List<Finding> findings =
        new ArrayList<>(capabilities(Capabilities.missing(), Capabilities.withheld()));
    try {
      findings.add(userNamespace(Files.readString(USER_MAP)));
    } catch (IOException e) {
      findings.add(Area.PERMISSIONS.skipped(NAMESPACE, USER_MAP + " cannot be read"));
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
      return Area.PERMISSIONS.ok(name, "held");
    }
    Problem problem = withheld ? Problem.CAPABILITY_WITHHELD : Problem.CAPABILITY_NOT_HELD;
    return problem.finding(name, name.substring("CAP_".length()));
  }

  static Finding userNamespace(String map) {
    return Refusal.userNamespace(map)
        .map(obstacle -> Area.PERMISSIONS.warning(NAMESPACE, obstacle))
        .orElseGet(() -> Area.PERMISSIONS.ok(NAMESPACE, "the host's"));
  }
}
