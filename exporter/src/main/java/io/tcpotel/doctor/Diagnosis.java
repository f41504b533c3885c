// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.doctor.Finding.State;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The findings of all checks, in the order of the page. */
public record Diagnosis(List<Finding> findings) {
  /**
   * Runs all checks, also after one has failed.
   *
   * @param scope the cgroup to watch; null if there is no cgroup v2
   * @param ofRoot whether the scope is of the host's root cgroup
   * @param otel {@code otel.*} properties that win over the environment
   * @param otelFile {@code otel.*} properties that lose against it
   * @param endpointName the name under which the user sets the collector's address
   */
  public static Diagnosis of(
      Path scope,
      boolean ofRoot,
      Map<String, String> otel,
      Map<String, String> otelFile,
      String endpointName) {
    List<Finding> findings = new ArrayList<>();
    findings.addAll(JavaCheck.findings());
    findings.addAll(KernelCheck.findings());
    findings.addAll(PermissionCheck.findings());
    findings.addAll(CgroupCheck.findings(scope, ofRoot));
    findings.add(LibbpfCheck.finding());
    findings.addAll(CaptureCheck.findings(scope, findings));
    findings.addAll(CollectorCheck.findings(otel, otelFile, endpointName));
    return new Diagnosis(List.copyOf(findings));
  }

  /** 0 if all is well, {@link Failure#RUNNING} if only the collector fails, else MISSING. */
  public int exitCode() {
    return bad(false) > 0 ? Failure.MISSING : bad(true) > 0 ? Failure.RUNNING : 0;
  }

  /** As a page for people. */
  public String page(boolean coloured) {
    return DoctorPage.of(this, coloured);
  }

  /** As a JSON object for programs. */
  public String json() {
    return DoctorJson.of(this);
  }

  boolean hasWarnings() {
    return findings.stream().anyMatch(finding -> finding.state() == State.WARNING);
  }

  /** The number of bad findings of the collector, or of everything else. */
  int bad(boolean ofCollector) {
    return (int)
        findings.stream()
            .filter(finding -> finding.state().isBad())
            .filter(finding -> (finding.area() == Area.COLLECTOR) == ofCollector)
            .count();
  }
}
