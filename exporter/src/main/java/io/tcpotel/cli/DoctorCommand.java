// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.cli.options.CollectorOptions;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.ScopeOption;
import io.tcpotel.doctor.Diagnosis;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks everything that capturing and sending need. */
@Command(
    name = "doctor",
    description = "Check this host and the collector; say what is missing and how to get it.",
    footer = {
      "",
      "Attaches the kernel programs for a moment and sends one empty request per signal."
          + " The configuration is that of 'tcpotel run'.",
      "Exit code: 0 no problem, 1 only the collector fails, 3 the kernel, a library or a permission"
          + " is missing.",
      "--output json: {version, exit_code, findings: [{area, name, state, found, remedy}]} with"
          + " state ok, warning, missing, failed or skipped."
    })
final class DoctorCommand implements Callable<Integer>, Configurable {
  enum Output {
    TEXT,
    JSON
  }

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Mixin private CollectorOptions collector;

  @Mixin private ScopeOption scope;

  @Option(
      names = "--output",
      paramLabel = "FORM",
      defaultValue = "text",
      description = "text or json (default: ${DEFAULT-VALUE}).")
  private Output output;

  private ConfigFile file;
  private Map<String, String> otel;
  private Path cgroup;

  @Override
  public void configure(Problems problems) {
    file = ConfigFile.of(spec);
    problems.check(() -> file.requireKnown(Main.command("run")));
    otel = problems.read(collector::otel);
    cgroup = problems.read(this::cgroup);
  }

  @Override
  public Integer call() {
    Diagnosis diagnosis =
        Diagnosis.of(cgroup, scope.isOfRoot(), otel, file.otel(), CollectorOptions.ENDPOINT);
    PrintWriter out = spec.commandLine().getOut();
    out.print(output == Output.JSON ? diagnosis.json() : diagnosis.page(Terminal.isColoured()));
    out.flush();
    return diagnosis.exitCode();
  }

  /** Null without cgroup v2, which the page reports; a wrong scope is a usage error. */
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
}
