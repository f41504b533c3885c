// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.tcpotel.Messages;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.pipeline.ReplayLoop;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.recording.Recording;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.sink.RequestHandler;
import io.tcpotel.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class DemoExportTest {
  /** Longer than a program that is stopped waits for a collector elsewhere. */
  private static final int METRICS_TAKE_MS = 1500;

  /** As on a machine that does much else. */
  private record SlowWithMetrics(DemoPage page) implements RequestHandler {
    @Override
    public void onLogs(ExportLogsServiceRequest request) {
      page.onLogs(request);
    }

    @Override
    public void onMetrics(ExportMetricsServiceRequest request) {
      Await.pause(METRICS_TAKE_MS);
      page.onMetrics(request);
    }

    @Override
    public void onTraces(ExportTraceServiceRequest request) {
      page.onTraces(request);
    }
  }

  @Test
  void thePageEndsWithTheLastMetricsHoweverSlowTheyCome() throws IOException {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    Messages messages = new Messages(System.err);
    DemoPage page =
        new DemoPage(
            new LineOutput(shown, () -> {}), new PageStyle(80, false, false), "--endpoint");
    StopSignal stop = new StopSignal();
    try (InputStream in = DemoPage.class.getResourceAsStream("recorded.tcpotel");
        Recording recording = Recording.read(in, "recorded", messages)) {
      ReplayLoop loop = new ReplayLoop(recording, new ReplayLoop.Pace(false, true, 1));
      page.beginRecorded(recording.records(), Duration.ofSeconds(1), 0);
      try (DemoExport demo =
          new DemoExport(new SlowWithMetrics(page), recording.workloads(), messages, loop::wake)) {
        demo.show(new Agent(loop, demo.export(), Agent.Telemetry.DEFAULT, messages), page, stop);
      }
    }
    List<String> lines = shown.toString(StandardCharsets.UTF_8).lines().toList();
    assertThat(lines).noneMatch(line -> line.contains("!="));
    assertThat(lines)
        .anyMatch(line -> line.matches("  metrics +arrived [1-9]\\d* = ended [1-9]\\d* .*"));
  }
}
