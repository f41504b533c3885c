// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.demo.DemoPage;
import io.tcpotel.demo.DemoTraffic;
import io.tcpotel.demo.PageStyle;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.LogCounts;
import io.tcpotel.otlp.LogDelivery;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogEvent;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Captures, exports to a collector in this process, and shows what arrives. */
@Command(
    name = "demo",
    description = {
      "Show what a collector gets: connections as they end, then counters, histograms and sums.",
      "The collector is in this process, a little traffic comes from another; nothing is left"
          + " behind. Ends after 20s, or what --for says."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    usageHelpAutoWidth = true)
final class DemoCommand implements Callable<Integer>, Configurable {
  private static final String METRIC_INTERVAL_MS = "1000";
  private static final Duration DEFAULT_LIMIT = Duration.ofSeconds(20);
  private static final LogDelivery.Bounds BOUNDS =
      new LogDelivery.Bounds(8 << 20, 1 << 20, Duration.ofMinutes(1));

  @Mixin private TimeLimit timeLimit;

  @Mixin private ScopeOption scope;

  private final Messages messages = new Messages(System.err);

  private Path cgroup;

  @Override
  public void configure(Problems problems) {
    cgroup = problems.read(scope::cgroup);
  }

  @Override
  public Integer call() {
    Duration limit = timeLimit.orElse(DEFAULT_LIMIT);
    ProbeSettings probeSettings =
        ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false)
            .withFilter(new FilterOptions().filter(scope))
            .withBuckets(ConnectionMetrics.foldBuckets());
    PageStyle style =
        new PageStyle(Terminal.columns(), Terminal.isColoured(), Terminal.isUnicode());
    StopSignal stop = StopSignal.install();
    // Whoever closes the page has seen enough.
    LineOutput out = new LineOutput(new FileOutputStream(FileDescriptor.out), stop::stop);
    DemoPage page = new DemoPage(out, style);
    // Attached first: without the privileges nothing else begins.
    try (CaptureLoop loop = CaptureLoop.attach(probeSettings, cgroup, messages);
        DemoTraffic traffic = DemoTraffic.start(limit)) {
      long epochNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
      page.begin(watched(), traffic, limit, epochNs);
      stop.onStop(loop::wake);
      stop.endAfter(limit);
      export(loop, stop, page);
    }
    return 0;
  }

  private String watched() {
    return scope.isHost() ? "this host, all of it" : cgroup.toString();
  }

  private static OtlpReceiver receive(DemoPage page) {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try {
      return OtlpReceiver.start(anyPort, OtlpReceiver.DEFAULT_MAX_MESSAGE_BYTES, page);
    } catch (IOException e) {
      throw Failure.running(
          "demo's collector",
          "cannot listen on " + anyPort.getAddress() + ": " + e.getMessage(),
          "see that the loopback interface is up: ip link set lo up",
          e);
    }
  }

  /** Nothing that the user has set for the real export holds here: it would send this elsewhere. */
  private static CollectorExport.Settings settings(int port) {
    Map<String, String> otel = new HashMap<>();
    for (String name : System.getenv().keySet()) {
      if (name.startsWith("OTEL_")) {
        otel.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), null);
      }
    }
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith("otel.")) {
        otel.put(name, null);
      }
    }
    InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    String host = local.getAddress().getHostAddress();
    String literal = host.indexOf(':') < 0 ? host : "[" + host + "]";
    otel.put("otel.exporter.otlp.endpoint", "http://" + literal + ":" + port);
    otel.put("otel.metric.export.interval", METRIC_INTERVAL_MS);
    int series = ConnectionMetrics.cardinalityLimit(false);
    return new CollectorExport.Settings(otel, Map.of(), Set.of("logs", "metrics"), BOUNDS, series);
  }

  private void export(CaptureLoop loop, StopSignal stop, DemoPage page) {
    try (OtlpReceiver receiver = receive(page);
        CollectorExport export =
            new CollectorExport(settings(receiver.port()), messages, loop::wake)) {
      ConnectionMetrics metrics = new ConnectionMetrics(export.meterProvider(), false);
      ExportPipeline pipeline =
          new ExportPipeline(
              metrics, export.logs(), LogEvent.END.kinds(), loop.ringBytes(), () -> {});
      loop.run(stop, pipeline);
      RunCommand.finish(export);
      LogCounts logs = export.logs().counts();
      page.end(DemoSums.of(loop.counters(), pipeline.counts(), logs), logs.exported());
    }
  }
}
