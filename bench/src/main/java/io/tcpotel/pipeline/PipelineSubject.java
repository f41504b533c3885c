// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Messages;
import io.tcpotel.bench.Subject;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.LogDelivery;
import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.SelfMetrics;
import io.tcpotel.telemetry.Signal;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/** This program: what {@code tcpotel replay --speed max} runs, with its default options. */
public final class PipelineSubject implements Subject {
  private static final LogDelivery.Bounds BOUNDS =
      new LogDelivery.Bounds(16 << 20, 1 << 20, Duration.ofHours(1));
  private static final ReplayLoop.Pace ONE_PASS = new ReplayLoop.Pace(false, false, 1);

  private final StopSignal stop = StopSignal.install();
  private final ReplayLoop loop;
  private final CollectorExport export;
  private final ExportPipeline pipeline;

  public PipelineSubject(String endpoint, Recording recording) {
    this.loop = new ReplayLoop(recording, ONE_PASS);
    Map<String, String> otel =
        Map.of("otel.exporter.otlp.endpoint", endpoint, "otel.metric.export.interval", "1000");
    this.export =
        new CollectorExport(
            new CollectorExport.Settings(
                otel,
                Map.of(),
                Set.of(Signal.LOGS, Signal.METRICS),
                BOUNDS,
                ConnectionMetrics.cardinalityLimit(false)),
            new Messages(System.err),
            loop::wake);
    ConnectionMetrics metrics = new ConnectionMetrics(export.meterProvider(), false);
    this.pipeline =
        new ExportPipeline(metrics, export.logs(), LogEvent.END.kinds(), () -> {}, loop::offsetNs);
    SelfMetrics self = new SelfMetrics(export.meterProvider());
    metrics.observe(self);
    export.observe(self);
  }

  @Override
  public void pass() {
    loop.run(stop, pipeline);
  }

  @Override
  public long handed() {
    return export.logs().counts().ended();
  }

  @Override
  public long arrived() {
    return export.logs().counts().exported();
  }

  @Override
  public void finish() {
    if (!new ReplayFlush(export, stop).run()) {
      throw new IllegalStateException(handed() - arrived() + " records have not arrived");
    }
  }

  @Override
  public void close() {
    export.close();
  }
}
