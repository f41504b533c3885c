// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.bpf.Adoption;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.Obstacle;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.SockopsPrograms;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.doctor.Finding.Area;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Finds other sockops programs on the scope's cgroup, and proves that capturing works: loads,
 * attaches and detaches the kernel programs.
 */
final class CaptureCheck {
  private static final String OTHERS = "other sockops";
  private static final String PROOF = "load and attach";
  private static final String LONG = "long connections";
  private static final String OLDER = "older connections";
  private static final long SMALL_RING_BYTES = 1 << 16;

  private CaptureCheck() {}

  /**
   * @param scope the cgroup to watch; null if there is no cgroup v2
   * @param before the findings of the other checks: nothing is tried if one of them is bad
   */
  static List<Finding> findings(Path scope, List<Finding> before) {
    List<Finding> bad = before.stream().filter(finding -> finding.state().isBad()).toList();
    boolean askable = scope != null && bad.stream().noneMatch(f -> f.area() == Area.LIBBPF);
    Finding others =
        askable
            ? others(scope)
            : Area.CAPTURE.skipped(
                OTHERS, "needs " + needed(bad, List.of(Area.LIBBPF, Area.CGROUP)));
    List<Finding> findings = new ArrayList<>(List.of(others));
    if (bad.isEmpty() && scope != null) {
      findings.addAll(proof(scope));
    } else {
      String needed = "needs " + needed(bad, List.of(Area.values()));
      for (String name : List.of(PROOF, LONG, OLDER)) {
        findings.add(Area.CAPTURE.skipped(name, needed));
      }
    }
    return findings;
  }

  private static String needed(List<Finding> bad, List<Area> areas) {
    return bad.stream()
        .filter(finding -> areas.contains(finding.area()))
        .map(CaptureCheck::word)
        .collect(Collectors.joining(", "));
  }

  /** The title of an area whose only check has a name that says nothing outside of it. */
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
          ? Problem.EXCLUSIVE_PROGRAM.finding(found)
          : Area.CAPTURE.ok(OTHERS, found);
    } catch (Failure failure) {
      return Area.CAPTURE.skipped(OTHERS, "the kernel does not tell: " + failure.reason());
    }
  }

  private static List<Finding> proof(Path scope) {
    try (OlderConnection older = OlderConnection.make();
        TcpProbe probe = TcpProbe.load(older.settings(SMALL_RING_BYTES))) {
      probe.attach(scope);
      Finding adoption = older(probe);
      probe.detach();
      Finding done = Area.CAPTURE.ok(PROOF, "done, and detached again");
      return List.of(done, live(probe), adoption);
    } catch (Failure failure) {
      return List.of(Area.CAPTURE.failed(PROOF, failure));
    }
  }

  private static Finding live(TcpProbe probe) {
    return probe.canReportLive()
        ? Area.CAPTURE.ok(LONG, "reported while open")
        : Area.CAPTURE.warning(LONG, LiveReports.NOT_POSSIBLE);
  }

  private static Finding older(TcpProbe probe) {
    if (!probe.canAdopt()) {
      return Area.CAPTURE.warning(OLDER, Adoption.NOT_POSSIBLE);
    }
    List<Obstacle> obstacles;
    KernelCounters.Snapshot counters;
    try (Adoption adoption = probe.adoption()) {
      while (adoption.step()) {
        // One connection takes few steps.
      }
      counters = probe.counters().snapshot();
      obstacles = adoption.obstacles(counters.adoptionRefused());
    }
    if (!obstacles.isEmpty()) {
      return Area.CAPTURE.warning(OLDER, obstacles.getFirst());
    }
    return counters.begun(RecordKind.ADOPTED) > 0
        ? Area.CAPTURE.ok(OLDER, "reported too")
        : Area.CAPTURE.skipped(OLDER, "this process is outside the scope");
  }
}
