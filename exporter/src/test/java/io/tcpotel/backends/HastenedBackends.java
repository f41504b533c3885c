// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.PrometheusServer;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.TestCgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * The real Prometheus with rules of this repository, and the real Collector and agents before it,
 * by a hastened clock.
 */
final class HastenedBackends implements AutoCloseable {
  /** Without a pipeline for log records. */
  private static final String COLLECTOR =
      """
      receivers:
        otlp: {protocols: {grpc: {endpoint: "127.0.0.1:%d"}}}
      exporters:
        otlp_http: {endpoint: "http://%s/api/v1/otlp", tls: {insecure: true}}
      service:
        telemetry: {metrics: {level: none}}
        pipelines:
          metrics: {receivers: [otlp], exporters: [otlp_http]}
      """;

  /** At most so many of an agent. */
  static final int SERIES = 200;

  private final HastenedClock clock;
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private PrometheusServer prometheus;
  private int port;

  HastenedBackends(int minuteMs) {
    clock = new HastenedClock(minuteMs);
  }

  /** Returns when both take metrics. */
  void start(Path folder, Path... rules) throws IOException {
    prometheus =
        keep(
            PrometheusServer.start(
                folder,
                clock.configuration(folder, rules),
                "127.0.0.1:0",
                "--query.lookback-delta=" + clock.hasten("5m")));
    port = FreePort.find();
    Path file = folder.resolve("collector.yaml");
    Files.writeString(file, COLLECTOR.formatted(port, prometheus.address()));
    keep(RealCollector.start(folder.resolve("unused"), file));
  }

  /** Returns when it has attached. */
  Program startAgent(TestCgroup watched, String... options) {
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.add("--report-interval=" + clock.hasten("30s"));
    arguments.add("--scope=cgroup:" + watched.path());
    arguments.add("--endpoint=http://127.0.0.1:" + port);
    arguments.addAll(List.of(options));
    Map<String, String> environment =
        Map.of(
            "OTEL_METRIC_EXPORT_INTERVAL", Integer.toString(clock.minuteMs()),
            "OTEL_JAVA_METRICS_CARDINALITY_LIMIT", Integer.toString(SERIES));
    String[] words = arguments.toArray(String[]::new);
    Program agent = keep(Program.start(environment, Program.commandLine(words)));
    agent.awaitMessage("watching");
    return agent;
  }

  /** The answer to a query by the hastened clock. */
  List<PrometheusServer.Sample> query(String query) {
    return prometheus.query(clock.hasten(query));
  }

  /** Closes {@code part} at the end, before all that came earlier. */
  <T extends AutoCloseable> T keep(T part) {
    started.push(part);
    return part;
  }

  @Override
  public void close() {
    while (!started.isEmpty()) {
      try {
        started.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
