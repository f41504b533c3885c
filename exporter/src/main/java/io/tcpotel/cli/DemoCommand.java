// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.cli.options.CollectorOptions;
import io.tcpotel.cli.options.FilterOptions;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.ScopeOption;
import io.tcpotel.cli.options.TimeLimit;
import io.tcpotel.demo.DemoExport;
import io.tcpotel.demo.DemoPage;
import io.tcpotel.demo.DemoTraffic;
import io.tcpotel.demo.PageStyle;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.ReplayLoop;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.recording.Recording;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.telemetry.Instrument;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Captures, exports to a collector in this process, and shows what arrives. */
@Command(
    name = "demo",
    description = {
      "Show the data that a collector receives: connections as they end, then metrics, traces, totals.",
      "The collector runs in this process, a second process makes some traffic; nothing is left"
          + " behind. Stops after 20s, or the time of --for.",
      "Without a supported kernel or the privileges it shows a bundled recording."
    })
final class DemoCommand implements Callable<Integer>, Configurable {
  private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(20);

  /** Listeners are read as often. */
  private static final Duration REPORT_INTERVAL = Duration.ofMillis(500);

  /** From 'tcpotel record': loopback, and two network namespaces some 5 ms apart. */
  private static final String RECORDING = "recorded.tcpotel";

  @Spec private CommandSpec spec;

  @Mixin private TimeLimit timeLimit;

  @Mixin private ScopeOption scope;

  private final Messages messages = new Messages(System.err);

  private Path cgroup;
  private Failure missing;

  @Override
  public void configure(Problems problems) {
    cgroup = problems.read(this::cgroup);
  }

  private Path cgroup() {
    try {
      return scope.cgroup();
    } catch (Failure failure) {
      missing = requireMissing(failure);
      return null;
    }
  }

  @Override
  public Integer call() {
    Duration limit = timeLimit.orElse(DEFAULT_LIMIT);
    PageStyle style =
        new PageStyle(Terminal.columns(), Terminal.isColoured(), Terminal.isUnicode());
    StopSignal stop = StopSignal.install();
    LineOutput out = Stdout.lines(stop::stop);
    DemoPage page = new DemoPage(out, style, CollectorOptions.ENDPOINT);
    try (CaptureLoop loop = attach(stop)) {
      if (loop == null) {
        showRecorded(page, stop, limit);
      } else {
        showLive(loop, page, stop, limit);
      }
    }
    Stdout.requireTaken(out);
    return 0;
  }

  /** Null if the kernel or a privilege is missing for it. */
  private CaptureLoop attach(StopSignal stop) {
    if (missing != null) {
      return null;
    }
    ProbeSettings settings =
        ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false)
            .withFilter(new FilterOptions().filter(scope))
            .withLiveReports(new LiveReports(REPORT_INTERVAL.toNanos(), false))
            .withBuckets(Instrument.foldBuckets());
    try {
      return new Capture(spec, messages).begin(settings, cgroup, stop);
    } catch (Failure failure) {
      missing = requireMissing(failure);
      return null;
    }
  }

  private static Failure requireMissing(Failure failure) {
    if (failure.exitCode() != Failure.MISSING) {
      throw failure;
    }
    return failure;
  }

  private void showLive(CaptureLoop loop, DemoPage page, StopSignal stop, Duration limit) {
    try (DemoTraffic traffic = DemoTraffic.start(limit);
        DemoExport demo = new DemoExport(page, loop.cgroups().workloads(), messages, loop::wake)) {
      page.begin(watched(), traffic, limit, epochNs());
      stop.endAfter(limit);
      demo.show(new Agent(loop, demo.export(), Agent.Telemetry.DEFAULT, messages), page, stop);
    }
  }

  private String watched() {
    return scope.isHost() ? "this host, all of it" : cgroup.toString();
  }

  private static long epochNs() {
    return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
  }

  private void showRecorded(DemoPage page, StopSignal stop, Duration limit) {
    messages.say(
        "showing a bundled recording: live capture is unavailable here (%s): %s"
            .formatted(missing.reason(), missing.remedy()));
    try (Recording recording = recording()) {
      ReplayLoop loop = new ReplayLoop(recording, new ReplayLoop.Pace(true, true, 1));
      stop.endAfter(limit);
      page.beginRecorded(recording.records(), shorter(limit, recording), epochNs());
      try (DemoExport demo = new DemoExport(page, recording.workloads(), messages, loop::wake)) {
        demo.show(new Agent(loop, demo.export(), Agent.Telemetry.DEFAULT, messages), page, stop);
      }
    }
  }

  /** Until the recording is over, in whole seconds, but not after {@code limit}. */
  private static Duration shorter(Duration limit, Recording recording) {
    Duration whole = Duration.ofSeconds(Duration.ofNanos(recording.lengthNs()).toSeconds() + 1);
    return whole.compareTo(limit) < 0 ? whole : limit;
  }

  private Recording recording() {
    try (InputStream in = DemoPage.class.getResourceAsStream(RECORDING)) {
      return Recording.read(in, RECORDING, messages);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
