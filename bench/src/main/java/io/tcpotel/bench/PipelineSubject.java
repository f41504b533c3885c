// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.pipeline.ReplayLoop;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.workload.WorkloadTable;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** This program: what {@code tcpotel replay --speed max} runs, with its default options. */
public final class PipelineSubject implements Subject {
  private static final RecordDelivery.Bounds BOUNDS =
      new RecordDelivery.Bounds(16 << 20, 1 << 20, Duration.ofHours(1));
  private static final Set<Signal> LOGS_AND_METRICS = Set.of(Signal.LOGS, Signal.METRICS);
  private static final ReplayLoop.Pace ONE_PASS = new ReplayLoop.Pace(false, false, 1);

  private final StopSignal stop = StopSignal.install();
  private final ReplayLoop loop;
  private final CollectorExport export;
  private final Agent agent;

  /** With one resource for all records. */
  public PipelineSubject(String endpoint, Recording recording) {
    this(endpoint, recording, WorkloadTable.ofAgent(), LOGS_AND_METRICS);
  }

  /** With a container, and so a resource, for each cgroup. */
  static PipelineSubject withContainers(String endpoint, Recording recording) {
    return new PipelineSubject(
        endpoint,
        recording,
        new WorkloadTable(PipelineSubject::container, id -> false, WorkloadTable.LIMIT),
        LOGS_AND_METRICS);
  }

  /** With a span of each record, too. */
  static PipelineSubject withSpans(String endpoint, Recording recording) {
    return new PipelineSubject(
        endpoint, recording, WorkloadTable.ofAgent(), EnumSet.allOf(Signal.class));
  }

  private static String container(long cgroupId) {
    return "/kubepods/burstable/pod00000000-0000-4000-8000-%012x/%064x"
        .formatted(cgroupId, cgroupId);
  }

  private PipelineSubject(
      String endpoint, Recording recording, WorkloadTable workloads, Set<Signal> signals) {
    this.loop = new ReplayLoop(recording, ONE_PASS);
    Map<String, String> otel =
        Map.of("otel.exporter.otlp.endpoint", endpoint, "otel.metric.export.interval", "1000");
    this.export =
        new CollectorExport(
            new CollectorExport.Settings(
                otel,
                Map.of(),
                signals,
                LogContent.DEFAULT,
                BOUNDS,
                MetricModes.DEFAULT_LIMIT,
                "replay"),
            workloads,
            new Messages(System.err),
            loop::wake);
    this.agent = new Agent(loop, export, Agent.Telemetry.DEFAULT, new Messages(System.err));
  }

  @Override
  public void pass() {
    agent.run(stop);
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
    if (!agent.flush(stop)) {
      throw new IllegalStateException(handed() - arrived() + " records have not arrived");
    }
  }

  @Override
  public void close() {
    export.close();
  }
}
