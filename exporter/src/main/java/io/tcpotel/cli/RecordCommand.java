// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.cli.options.ProbeOptions;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.ReportInterval;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.CaptureRecorder;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.record.KernelClock;
import io.tcpotel.recording.CgroupMentions;
import io.tcpotel.recording.KernelRelease;
import io.tcpotel.recording.RecordingFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Captures into a recording. */
@Command(name = "record", description = "Write connections into a recording, for 'tcpotel replay'.")
final class RecordCommand implements Callable<Integer>, Configurable {
  private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description = "The file to write: a new one, or a pipe as /dev/stdout.")
  private Path path;

  @Option(names = "--force", description = "Overwrite an existing file.")
  private boolean force;

  @Mixin private ProbeOptions probe;

  @Mixin private ReportInterval reportInterval;

  private final Messages messages = new Messages(System.err);

  private ProbeSettings settings;
  private Path cgroup;

  @Override
  public void configure(Problems problems) {
    problems.check(this::requireCreatable);
    settings = problems.read(this::readSettings);
    cgroup = problems.read(probe::cgroup);
  }

  private void requireCreatable() {
    if (Files.isRegularFile(path) && !force) {
      throw Failure.usage(
          path.toString(), "exists", "name another file, or give --force to write over it");
    }
    RecordingFile.requireCreatable(path);
  }

  private ProbeSettings readSettings() {
    return probe
        .settings()
        .withReportKinds(EnumSet.complementOf(EnumSet.of(RecordKind.LISTENER)))
        .withLiveReports(reportInterval.reports(true));
  }

  @Override
  public Integer call() {
    StopSignal stop = StopSignal.install();
    // Attached first: without the privileges no file is made, nor one emptied.
    Capture capture = new Capture(spec, messages).writing(List.of(path));
    try (CaptureLoop loop = capture.begin(settings, cgroup, stop)) {
      probe.sayObstacles(messages);
      stop.onStop(loop::wake);
      stop.endAfter(probe.limit());
      record(loop, stop);
    }
    return 0;
  }

  private void record(CaptureLoop loop, StopSignal stop) {
    KernelClock clock = new KernelClock();
    try (RecordingFile file = RecordingFile.create(path, force, begin(clock))) {
      file.flush();
      messages.say("watching " + cgroup + ", recording into " + path);
      loop.run(stop, new CaptureRecorder(clock, file, new CgroupMentions(loop.cgroups()::path)));
      file.flush();
      sayWritten(file.records(), loop.counters());
    }
  }

  private static RecordingFile.Begin begin(KernelClock clock) {
    return new RecordingFile.Begin(
        KernelRelease.running().text(),
        hostName(),
        clock.toEpochNs(clock.refresh()),
        clock.offsetNs());
  }

  private static String hostName() {
    try {
      return Files.readString(HOST_NAME).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  private void sayWritten(long records, KernelCounters.Snapshot kernel) {
    messages.say("wrote " + records + " records to " + path);
    long without = 0;
    for (RecordKind kind : RecordKind.values()) {
      without += kernel.outcome(kind, ReportOutcome.DEFERRED);
      without += kernel.outcome(kind, ReportOutcome.FOLDED);
    }
    if (without > 0) {
      messages.say(without + " more found no room in the ring: try a larger --ring-size");
    }
  }
}
