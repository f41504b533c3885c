// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.cli.options.CollectorOptions;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.ScopeOption;
import io.tcpotel.doctor.CaptureCheck;
import io.tcpotel.doctor.CgroupCheck;
import io.tcpotel.doctor.CollectorCheck;
import io.tcpotel.doctor.DoctorJson;
import io.tcpotel.doctor.DoctorPage;
import io.tcpotel.doctor.Finding;
import io.tcpotel.doctor.JavaCheck;
import io.tcpotel.doctor.KernelCheck;
import io.tcpotel.doctor.LibbpfCheck;
import io.tcpotel.doctor.PermissionCheck;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Checks what capturing and sending need, to the end whatever is missing, and says how to get it.
 */
@Command(
    name = "doctor",
    description = "Check this host and the collector; say what is missing and how to get it.",
    footer = {
      "",
      "Loads and attaches the kernel programs for a moment and sends an empty request of each signal."
          + " The configuration is that of 'tcpotel run'.",
      "Exit code: 0 all well, 1 only the collector fails, 3 the kernel, a library or a permission is"
          + " missing.",
      "--output json: {version, exit_code, findings: [{area, name, state, found, remedy}]} with state"
          + " ok, warning, missing, failed or skipped."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    usageHelpAutoWidth = true)
public final class DoctorCommand implements Callable<Integer>, Configurable {
  enum Output {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Mixin private CollectorOptions collector;

  @Mixin private ScopeOption scope;

  @Option(
      names = "--output",
      paramLabel = "FORM",
      defaultValue = "text",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Output output;

  private ConfigFile file;
  private Map<String, String> otel;
  private Path cgroup;

  @Override
  public void configure(Problems problems) {
    file = (ConfigFile) spec.commandLine().getDefaultValueProvider();
    problems.check(() -> file.requireKnown(Main.command("run")));
    otel = problems.read(collector::otel);
    cgroup = problems.read(this::cgroup);
  }

  @Override
  public Integer call() {
    List<Finding> findings = new ArrayList<>();
    findings.addAll(JavaCheck.findings());
    findings.addAll(KernelCheck.findings());
    findings.addAll(PermissionCheck.findings());
    findings.addAll(CgroupCheck.findings(cgroup, scope.isHost()));
    findings.add(LibbpfCheck.finding());
    findings.addAll(CaptureCheck.findings(cgroup, findings));
    findings.addAll(CollectorCheck.findings(otel, file.otel()));
    int exitCode = exitCode(findings);
    PrintWriter out = spec.commandLine().getOut();
    out.print(
        output == Output.JSON
            ? DoctorJson.of(findings, exitCode)
            : DoctorPage.of(findings, Terminal.isColoured()));
    out.flush();
    return exitCode;
  }

  /** Null without cgroup v2, which is a finding; a scope that cannot be is wrong use. */
  private Path cgroup() {
    try {
      return scope.cgroup();
    } catch (Failure failure) {
      if (failure.exitCode() == Failure.USAGE) {
        throw failure;
      }
      return null;
    }
  }

  public static int exitCode(List<Finding> findings) {
    List<Finding> bad = findings.stream().filter(finding -> finding.state().isBad()).toList();
    if (bad.isEmpty()) {
      return 0;
    }
    boolean onlyCollector = bad.stream().allMatch(f -> f.area() == Finding.Area.COLLECTOR);
    return onlyCollector ? Failure.RUNNING : Failure.MISSING;
  }
}
