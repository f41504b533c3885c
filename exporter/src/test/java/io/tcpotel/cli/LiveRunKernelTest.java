// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static io.tcpotel.testing.SinkLines.with;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SinkLines;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.SumsText;
import io.tcpotel.testing.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code tcpotel run} on connections that live, that are older than it, and that are too many. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class LiveRunKernelTest {
  private final RunningPrograms programs = new RunningPrograms();
  private final TestNamespace namespace = programs.namespace();

  @AfterEach
  void end() {
    programs.close();
  }

  private Program startRun(Program sink, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("--endpoint", "127.0.0.1:" + RunningPrograms.port(sink)));
    arguments.addAll(List.of(options));
    return programs.startRunAnywhere(arguments.toArray(String[]::new));
  }

  private String scope() {
    return "cgroup:" + programs.cgroup().path();
  }

  private static Predicate<JsonObject> event(String name) {
    return log -> log.get("eventName").getAsString().equals("tcpotel.connection." + name);
  }

  @Test
  void connectionsThatNeverEndAreInTheMetricsAndIfAskedForInTheLogs() throws Exception {
    Program sink = programs.startSink(0);
    try (SocketPair older = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      older.client().sendAll(1001);
      older.server().receiveExactly(1001);
      Program run =
          startRun(
              sink,
              "--scope",
              scope(),
              "--report-interval",
              "200ms",
              "--log-events",
              "end,update,start");
      RunningPrograms.awaitSum(run, "kernel.adopted.put", 2);
      try (SocketPair younger = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
        older.server().sendAll(203);
        older.client().receiveExactly(203);
        younger.client().sendAll(40_007);
        younger.server().receiveExactly(40_007);
        RunningPrograms.awaitSum(run, "kernel.update.put", 12);
        younger.client().sendAll(9); // after which the end of the program may come first
        younger.server().receiveExactly(9);
        RunningPrograms.Finished end = RunningPrograms.finish(run, sink);
        requireAccount(end.sums());
        requireTelemetry(end.lines());
      }
    }
  }

  private static void requireAccount(SumsText sums) {
    assertThat(sums.get("connections.opened")).isEqualTo(2);
    assertThat(sums.get("connections.adopted")).isEqualTo(2);
    assertThat(sums.get("connections.live")).isEqualTo(4);
  }

  private static void requireTelemetry(SinkLines lines) {
    Predicate<JsonObject> sent = with("network.io.direction", "transmit");
    Predicate<JsonObject> received = with("network.io.direction", "receive");
    long moved = 203 + 40_007 + 9;
    assertThat(lines.sumOfMetric("tcpotel.io", sent)).isEqualTo(moved);
    assertThat(lines.sumOfMetric("tcpotel.io", received)).isEqualTo(moved);
    assertThat(lines.sumOfMetric("tcpotel.connection.active", any -> true)).isEqualTo(4);
    assertThat(lines.sumOfMetric("tcpotel.connection.attempts", any -> true)).isEqualTo(2);
    assertThat(lines.sumOfMetric("tcpotel.connection.duration", any -> true)).isZero();

    assertThat(lines.logRecords().stream().filter(event("end"))).isEmpty();
    assertThat(lines.logRecords().stream().filter(event("start"))).hasSize(2);
    List<JsonObject> updates = lines.logRecords().stream().filter(event("update")).toList();
    assertThat(updates)
        .hasSizeGreaterThanOrEqualTo(12)
        .allMatch(with("network.connection.state", "established"))
        .allMatch(log -> log.get("severityNumber").getAsInt() == 5);
    assertThat(updates.stream().filter(with("tcpotel.connection.preexisting", "true")))
        .isNotEmpty()
        .allMatch(with("tcpotel.transmit.bytes", "1001").or(with("tcpotel.receive.bytes", "1001")));
  }

  private Program startWithSmallRing(
      Program sink, String metricsBy, String temporality, String histogram) {
    Program run =
        programs.start(
            Map.of(
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
                temporality,
                "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
                histogram,
                "OTEL_METRIC_EXPORT_INTERVAL",
                "300"),
            Program.commandLine(
                "run",
                "--endpoint",
                "127.0.0.1:" + RunningPrograms.port(sink),
                "--scope",
                scope(),
                "--ring-size",
                "4KiB",
                "--metrics-by",
                metricsBy));
    run.awaitMessage("watching");
    return run;
  }

  /** With the exporter's settings for metrics, as the SDK names them. */
  @ParameterizedTest
  @CsvSource({
    "peer-name, cumulative, explicit_bucket_histogram",
    "address-pair, cumulative, base2_exponential_bucket_histogram",
    "port, lowmemory, base2_exponential_bucket_histogram",
    "address-pair, delta, explicit_bucket_histogram"
  })
  void aRingThatIsTooSmallCostsDetailAndNoSum(
      String metricsBy, String temporality, String histogram) throws Exception {
    int connections = 3000;
    int bytes = 70;
    Program sink = programs.startSink(0);
    Program run = startWithSmallRing(sink, metricsBy, temporality, histogram);
    ConnectionLoad.Outcome load = namespace.call(new ConnectionLoad(connections, 2, bytes)::run);
    RunningPrograms.awaitSum(run, "kernel.close.seen", 2L * connections);
    RunningPrograms.awaitSum(run, "attempts.collected", 2L * connections);
    assertThat(RunningPrograms.askForSums(run).unequal()).isEmpty();
    RunningPrograms.Finished end = RunningPrograms.finish(run, sink);
    SumsText sums = end.sums();
    SinkLines lines = end.lines();
    assertThat(load.completed()).isEqualTo(connections);
    assertThat(sums.get("attempts.collected")).isEqualTo(2L * connections);
    assertThat(sums.get("bytes.sent.collected")).isEqualTo(2L * connections * bytes);
    assertThat(sums.get("bytes.received.collected")).isEqualTo(2L * connections * bytes);
    assertThat(sums.get("segments.out.collected"))
        .isEqualTo(lines.sumOfMetric("tcpotel.segments", with("network.io.direction", "transmit")));
    assertThat(sums.get("kernel.close.folded")).isPositive();
    assertThat(lines.logRecords()).hasSize(Math.toIntExact(sums.get("kernel.close.put")));
    assertThat(lines.sumOfMetric("tcpotel.connection.attempts", any -> true))
        .isEqualTo(2L * connections);
    assertThat(lines.sumOfMetric("tcpotel.connection.duration", any -> true))
        .isEqualTo(2L * connections);
    assertThat(lines.sumOfMetric("tcpotel.rtt", any -> true)).isEqualTo(2L * connections);
    assertThat(lines.sumOfMetric("tcpotel.min_rtt", any -> true)).isEqualTo(2L * connections);
    assertThat(lines.sumOfMetric("tcpotel.handshake.duration", any -> true)).isEqualTo(connections);
    assertThat(lines.sumOfMetric("tcpotel.io", any -> true)).isEqualTo(4L * connections * bytes);
    assertThat(lines.sumOfMetric("tcpotel.connection.active", any -> true)).isZero();
  }

  @Test
  void aSidecarSeesItsPodAlone() throws Exception {
    Program sink = programs.startSink(0);
    Program run = startRun(sink, "--scope", "pod");
    try (TestNamespace neighbour = TestNamespace.create()) {
      neighbour.run(() -> SocketPair.over("127.0.0.1").finish());
      namespace.run(() -> SocketPair.over("127.0.0.1").finish());
      RunningPrograms.awaitSum(run, "logs.exported", 2); // the exporter has connected by then
      RunningPrograms.Finished end = RunningPrograms.finish(run, sink);
      SumsText sums = end.sums();
      assertThat(sums.get("connections.opened")).isEqualTo(2);
      // Both ends of the neighbour's connection, and of the exporter's own.
      assertThat(sums.get("kernel.open.filtered")).as(run.messages()).isGreaterThanOrEqualTo(4);
      assertThat(end.lines().logRecords()).hasSize(2);
    }
  }
}
