// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Messages;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.ExportOptions;
import io.tcpotel.cli.options.HealthOption;
import io.tcpotel.cli.options.ListenAddress;
import io.tcpotel.cli.options.ProbeOptions;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.cli.options.ReportInterval;
import io.tcpotel.cli.options.ResourceOption;
import io.tcpotel.health.HealthServer;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.workload.NamesReload;
import io.tcpotel.workload.PeerNames;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Captures and exports until stopped. */
@Command(
    name = "run",
    description = "Capture connections and export them to a collector until stopped.",
    footer = {
      "",
      "OTEL_* variables configure the export: OTEL_EXPORTER_OTLP_ENDPOINT, _HEADERS, _CERTIFICATE,"
          + " OTEL_RESOURCE_ATTRIBUTES, OTEL_SERVICE_NAME, OTEL_METRIC_EXPORT_INTERVAL, ...",
      "Each option is also a variable, TCPOTEL_RING_SIZE=4MiB, and a line of the file of --config,"
          + " ring-size=4MiB; the file may hold otel.* properties too.",
      "SIGUSR1 prints the totals."
    })
final class RunCommand implements Callable<Integer>, Configurable {
  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @Mixin private ProbeOptions probe;

  @Mixin private ExportOptions options;

  @Mixin private ReportInterval reportInterval;

  @Mixin private ResourceOption resource;

  @Mixin private HealthOption health;

  private final Messages messages = new Messages(System.err);

  private CollectorExport.Settings settings;
  private ProbeSettings probeSettings;
  private PeerNames peerNames;
  private Path cgroup;
  private Optional<ListenAddress> healthAddress;

  @Override
  public void configure(Problems problems) {
    ConfigFile file = ConfigFile.of(spec);
    problems.check(() -> file.requireKnown(spec));
    Map<String, String> otel = problems.read(options::otel);
    probeSettings = problems.read(this::readProbeSettings);
    cgroup = problems.read(probe::cgroup);
    peerNames = problems.read(options::peerNames);
    LogContent content = problems.read(options::logContent);
    problems.read(options::thinningRules);
    healthAddress = problems.read(health::address);
    settings = options.settings(otel, file.otel(), probe.source(), content);
    if (problems.exist()) { // else the export finds them, after the start of the capture
      problems.check(() -> CollectorExport.requireSound(settings));
    }
  }

  @Override
  public Integer call() {
    StopSignal stop = StopSignal.install();
    // Attached first: what comes while the export is being built waits in the ring.
    Capture capture =
        new Capture(spec, messages)
            .reading(settings.tlsFiles(System.getenv()))
            .reading(options.files())
            .writing(settings.spool());
    try (CaptureLoop loop = capture.begin(probeSettings, cgroup, stop);
        NamesReload names = new NamesReload(peerNames, messages);
        CollectorExport export =
            new CollectorExport(
                settings, resource.workloads(loop.cgroups()::workloads), messages, loop::wake)) {
      stop.endAfter(probe.limit());
      names.start();
      Agent agent =
          new Agent(loop, export, options.telemetry(settings.content(), peerNames), messages);
      options.sayUnsafe(messages);
      probe.sayObstacles(messages);
      HealthServer server = healthServer(loop, agent, export);
      messages.say("watching " + cgroup + ", sending to " + export.endpoint());
      agent.run(stop);
      agent.finish();
      agent.printAccount();
      if (server != null) {
        server.close();
      }
    }
    return 0;
  }

  /** Null if it is off. */
  private HealthServer healthServer(CaptureLoop loop, Agent agent, CollectorExport export) {
    return healthAddress
        .map(
            address -> {
              HealthServer server =
                  HealthServer.start(address.resolve(), loop, agent.pulse(), export);
              messages.say("health at http://" + address.withPort(server.port()) + "/readyz");
              return server;
            })
        .orElse(null);
  }

  private ProbeSettings readProbeSettings() {
    return probe
        .settings()
        .withLiveReports(reportInterval.reports(options.hasUpdates()))
        .withBuckets(Instrument.foldBuckets());
  }
}
