// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.ExportOptions;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.ResourceOption;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.pipeline.ReplayCost;
import io.tcpotel.pipeline.ReplayLoop;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.workload.NamesReload;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.WorkloadTable;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Exports a recording. */
@Command(
    name = "replay",
    description =
        "Export the connections of a recording as if they happened now; needs no privileges.",
    footer = {
      "",
      "OTEL_* variables, TCPOTEL_* variables and the file of --config are those of 'tcpotel run'.",
      "Exit code 1: not everything was delivered. SIGUSR1 prints the totals."
    })
final class ReplayCommand implements Callable<Integer>, Configurable {
  enum Speed {
    ORIGINAL,
    MAX
  }

  enum Times {
    ORIGINAL,
    NOW
  }

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A file of 'tcpotel record'.")
  private Path file;

  @Option(
      names = "--speed",
      paramLabel = "SPEED",
      defaultValue = "original",
      description =
          "original: with the recorded pauses; max: without pauses (default:"
              + " ${DEFAULT-VALUE}).")
  private Speed speed;

  @Option(
      names = "--repeat",
      paramLabel = "N",
      defaultValue = "1",
      description = "Number of times the whole file is replayed (default: ${DEFAULT-VALUE}).")
  private long repeat;

  @Option(
      names = "--times",
      paramLabel = "TIMES",
      defaultValue = "original",
      description =
          "The times of log records. original: as recorded; now: shifted so that the first"
              + " connection happens now (default: ${DEFAULT-VALUE}).")
  private Times times;

  @Mixin private ExportOptions options;

  @Mixin private ResourceOption resource;

  private final Messages messages = new Messages(System.err);

  private CollectorExport.Settings settings;
  private PeerNames peerNames;

  @Override
  public void configure(Problems problems) {
    ConfigFile config = ConfigFile.of(spec);
    problems.check(() -> config.requireKnown(spec, Main.command("run")));
    problems.check(() -> Recording.requireCapture(file));
    problems.check(this::requireRepeat);
    Map<String, String> otel = problems.read(options::otel);
    LogContent content = problems.read(options::logContent);
    problems.read(options::thinningRules);
    settings = options.settings(otel, config.otel(), "replay", content);
    peerNames = problems.read(options::peerNames);
    if (problems.exist()) { // else the export finds them
      problems.check(() -> CollectorExport.requireSound(settings));
    }
  }

  private void requireRepeat() {
    if (repeat < 1) {
      throw Failure.usage("--repeat", repeat + " is too small", "give 1 or more");
    }
  }

  @Override
  public Integer call() {
    StopSignal stop = StopSignal.install();
    ReplayLoop.Pace pace = new ReplayLoop.Pace(speed == Speed.ORIGINAL, times == Times.NOW, repeat);
    try (Recording recording = Recording.read(file, messages)) {
      ReplayLoop loop = new ReplayLoop(recording, pace);
      return replay(loop, resource.workloads(recording::workloads), stop) ? 0 : Failure.RUNNING;
    }
  }

  /** Whether everything has arrived. */
  private boolean replay(ReplayLoop loop, WorkloadTable workloads, StopSignal stop) {
    try (NamesReload names = new NamesReload(peerNames, messages);
        CollectorExport export = new CollectorExport(settings, workloads, messages, loop::wake)) {
      names.start();
      Agent agent =
          new Agent(loop, export, options.telemetry(settings.content(), peerNames), messages);
      options.sayUnsafe(messages);
      messages.say("replaying " + loop.records() + " records, sending to " + export.endpoint());
      ReplayCost cost = new ReplayCost();
      agent.run(stop);
      boolean hasArrived = agent.flush(stop);
      messages.say(cost.sentence(agent.records()));
      agent.printAccount();
      if (!hasArrived) {
        messages.say("not everything has arrived: the sums say what has not");
      }
      return hasArrived;
    }
  }
}
