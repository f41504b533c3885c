// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.SockopsPrograms;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.cli.Finding.Area;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is attached to the scope's cgroup, and the proof: the kernel programs loaded, attached and
 * detached at once.
 */
final class CaptureCheck {
  private static final String OTHERS = "other sockops";
  private static final String PROOF = "load and attach";
  private static final long SMALL_RING_BYTES = 1 << 16;

  private CaptureCheck() {}

  /**
   * @param scope the cgroup of the option, or null if it was not found
   * @param before what the other checks found: without a kernel, a library or a permission there is
   *     nothing to try
   */
  static List<Finding> findings(Path scope, List<Finding> before) {
    List<Finding> bad = before.stream().filter(finding -> finding.state().isBad()).toList();
    boolean askable = scope != null && bad.stream().noneMatch(f -> f.area() == Area.LIBBPF);
    Finding others =
        askable
            ? others(scope)
            : Finding.skipped(
                Area.CAPTURE, OTHERS, "needs " + needed(bad, List.of(Area.LIBBPF, Area.CGROUP)));
    Finding proof =
        bad.isEmpty() && scope != null
            ? proof(scope)
            : Finding.skipped(Area.CAPTURE, PROOF, "needs " + needed(bad, List.of(Area.values())));
    return List.of(others, proof);
  }

  private static String needed(List<Finding> bad, List<Area> areas) {
    return bad.stream()
        .filter(finding -> areas.contains(finding.area()))
        .map(CaptureCheck::word)
        .collect(Collectors.joining(", "));
  }

  /** The names that an area has one of are of no use outside of it. */
  private static String word(Finding finding) {
    return switch (finding.area()) {
      case LIBBPF, CGROUP -> finding.area().title();
      default -> finding.name();
    };
  }

  private static Finding others(Path scope) {
    try {
      SockopsPrograms programs = SockopsPrograms.of(scope);
      int count = programs.names().size();
      String found =
          count == 0 ? "none" : count + " attached: " + String.join(", ", programs.names());
      return programs.exclusive()
          ? Finding.warning(
              Area.CAPTURE,
              OTHERS,
              found + "; so that no other can be",
              "have its owner attach it with BPF_F_ALLOW_MULTI, or stop it")
          : Finding.ok(Area.CAPTURE, OTHERS, found);
    } catch (Failure failure) {
      return Finding.skipped(Area.CAPTURE, OTHERS, "the kernel does not tell: " + failure.reason());
    }
  }

  private static Finding proof(Path scope) {
    try (TcpProbe probe = TcpProbe.load(ProbeSettings.of(SMALL_RING_BYTES, false))) {
      probe.attach(scope);
      probe.detach();
      return Finding.ok(Area.CAPTURE, PROOF, "done, and detached again");
    } catch (Failure failure) {
      return Finding.failed(Area.CAPTURE, PROOF, failure);
    }
  }
}
