// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Messages;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.cli.options.ProbeOptions;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.telemetry.LogEvent;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints connections as they end. */
@Command(
    name = "tail",
    description = "Print one line per connection as it ends; needs no collector.")
final class TailCommand implements Callable<Integer>, Configurable {
  enum Output {
    TEXT,
    JSON
  }

  @Spec private CommandSpec spec;

  @Mixin private ProbeOptions probe;

  @Option(
      names = "--output",
      paramLabel = "FORM",
      defaultValue = "text",
      description =
          "text or json; json is tcpotel.v1.Connection, one object per line (default:"
              + " ${DEFAULT-VALUE}).")
  private Output output;

  private ProbeSettings asked;
  private Path cgroup;

  @Override
  public void configure(Problems problems) {
    asked = problems.read(probe::settings);
    cgroup = problems.read(probe::cgroup);
  }

  @Override
  public Integer call() {
    ProbeSettings settings = asked.withReportKinds(LogEvent.END.kinds());
    StopSignal stop = StopSignal.install();
    Messages messages = new Messages(System.err);
    LineOutput out = Stdout.lines(stop::stop);
    try (CaptureLoop loop = new Capture(spec, messages).begin(settings, cgroup, stop)) {
      stop.onStop(loop::wake);
      stop.endAfter(probe.limit());
      probe.sayObstacles(messages);
      messages.say("watching " + cgroup);
      loop.run(stop, new TailPrinter(loop.cgroups().workloads(), out, output == Output.JSON));
      sayLost(messages, loop.counters());
    }
    Stdout.requireTaken(out);
    return 0;
  }

  private static void sayLost(Messages messages, KernelCounters.Snapshot kernel) {
    long lost =
        kernel.outcome(RecordKind.CLOSE, ReportOutcome.FOLDED)
            + kernel.outcome(RecordKind.FAILED, ReportOutcome.FOLDED);
    if (lost > 0) {
      messages.say(lost + " connections found no room in the ring: try a larger --ring-size");
    }
  }
}
