// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.sink.RequestHandler;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The demo's collector, in this process, and the export to it. */
public final class DemoExport implements AutoCloseable {
  private static final String METRIC_INTERVAL_MS = "1000";
  private static final RecordDelivery.Bounds BOUNDS =
      new RecordDelivery.Bounds(8 << 20, 1 << 20, Duration.ofMinutes(1));

  private final OtlpReceiver receiver;
  private final CollectorExport export;

  /**
   * @param workloads to which connections belong
   * @param onRoom called when a buffer has become free while log records wait
   */
  public DemoExport(
      RequestHandler page, WorkloadTable workloads, Messages messages, Runnable onRoom) {
    this.receiver = receive(page);
    try {
      this.export = new CollectorExport(settings(receiver.port()), workloads, messages, onRoom);
    } catch (RuntimeException e) {
      receiver.close();
      throw e;
    }
  }

  public CollectorExport export() {
    return export;
  }

  /**
   * Runs {@code agent} until {@code stop}, then draws the end of {@code page}, with everything: the
   * collector is in this process, and is as slow as this machine is.
   */
  public void show(Agent agent, DemoPage page, StopSignal stop) {
    agent.run(stop);
    agent.flush(stop);
    page.end(
        agent.account().summary(),
        export.logs().counts().exported(),
        export.spans().counts().exported());
  }

  @Override
  public void close() {
    export.close();
    receiver.close();
  }

  private static OtlpReceiver receive(RequestHandler page) {
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
    return new CollectorExport.Settings(
        otel,
        Map.of(),
        EnumSet.allOf(Signal.class),
        LogContent.DEFAULT,
        BOUNDS,
        MetricModes.DEFAULT_LIMIT,
        "demo");
  }
}
