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
import io.tcpotel.testing.SumsText;
import io.tcpotel.testing.TestNamespace;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code run} and {@code sink} in processes of their own, in one cgroup and network namespace with
 * the traffic: what lands is held against what was sent.
 */
@KernelTest
class RunKernelTest {
  private static final int CONNECTIONS = 500;
  private static final int BYTES = 300;
  private static final int REFUSED = 7;

  /** More than a queue of 64 KiB and three quarters of the ring take, with their opens. */
  private static final int ENDS_WHILE_AWAY = 4000;

  private final RunningPrograms programs = new RunningPrograms();
  private final TestNamespace namespace = programs.namespace();

  @AfterEach
  void end() {
    programs.close();
  }

  @Test
  void everyConnectionArrivesOnceAndTheSumsClose() throws Exception {
    Program sink = programs.startSink(0);
    Program run = programs.startRun("--endpoint", "http://127.0.0.1:" + RunningPrograms.port(sink));
    ConnectionLoad.Outcome load = namespace.call(new ConnectionLoad(CONNECTIONS, 2, BYTES)::run);
    programs.refuse(REFUSED);
    RunningPrograms.awaitSum(run, "logs.exported", 2 * CONNECTIONS + REFUSED);

    RunningPrograms.Finished end = RunningPrograms.finish(run, sink);
    SumsText sums = end.sums();
    SinkLines lines = end.lines();
    assertThat(load.completed()).isEqualTo(CONNECTIONS);
    assertThat(lines.logRecords()).hasSize(2 * CONNECTIONS + REFUSED);
    lines.requireBytes("client", load.clientSentBytes(), load.clientReceivedBytes());
    lines.requireBytes("server", load.serverSentBytes(), load.serverReceivedBytes());
    requireMetrics(lines, load);
    assertThat(sums.get("logs.exported")).isEqualTo(2 * CONNECTIONS + REFUSED);
    assertThat(sums.get("connections.live")).isZero();
    // Both ends of the exporter's own connection to the sink.
    assertThat(sums.get("kernel.open.filtered")).as(run.messages()).isEqualTo(2);
    assertThat(RunningPrograms.attached(programs.cgroup())).isZero();
  }

  private static void requireMetrics(SinkLines lines, ConnectionLoad.Outcome load) {
    Predicate<JsonObject> failed = with("error.type", "connection_refused");
    assertThat(lines.sumOfMetric("tcpotel.connection.attempts", failed)).isEqualTo(REFUSED);
    assertThat(
            lines.sumOfMetric(
                "tcpotel.connection.attempts",
                with("tcpotel.connection.role", "client").and(failed.negate())))
        .isEqualTo(load.completed());
    assertThat(
            lines.sumOfMetric(
                "tcpotel.connection.attempts", with("tcpotel.connection.role", "server")))
        .isEqualTo(load.completed());
    assertThat(lines.sumOfMetric("tcpotel.connection.duration", any -> true))
        .isEqualTo(2L * load.completed());
    assertThat(lines.sumOfMetric("tcpotel.connection.active", any -> true)).isZero();
    assertThat(lines.logRecords().stream().filter(failed)).hasSize(REFUSED);
    assertThat(lines.sumOfLogs("tcpotel.transmit.segments", any -> true))
        .isEqualTo(lines.sumOfMetric("tcpotel.segments", with("network.io.direction", "transmit")));
  }

  @Test
  void theOwnConnectionsAreReportedIfAskedFor() throws Exception {
    Program sink = programs.startSink(0);
    Program run =
        programs.startRun(
            "--endpoint", "127.0.0.1:" + RunningPrograms.port(sink), "--own-connections");
    RunningPrograms.awaitSum(run, "connections.opened", 2);
    SumsText sums = RunningPrograms.finish(run, sink).sums();
    assertThat(sums.get("kernel.open.filtered")).isZero();
    assertThat(sums.get("connections.opened")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8MiB", "64KiB"})
  void aCollectorThatIsAwayLosesNothingThatIsNotCounted(String queueBytes) throws Exception {
    Program first = programs.startSink(0);
    int port = RunningPrograms.port(first);
    Program run =
        programs.startRun("--endpoint", "http://127.0.0.1:" + port, "--queue-bytes", queueBytes);
    PacedLoad load = new PacedLoad(500, 6);
    var loading = namespace.start(load);
    RunningPrograms.awaitSum(run, "logs.exported", 100);
    assertThat(first.signal("TERM").await()).isZero();
    RunningPrograms.awaitSum(run, "kernel.close.seen", ENDS_WHILE_AWAY);
    Program second = programs.startSink(port);
    long connections = loading.join();
    RunningPrograms.awaitSum(run, "logs.ended", 2 * connections);
    if (queueBytes.equals("8MiB")) {
      RunningPrograms.awaitSum(run, "logs.exported", 2 * connections);
    }

    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    second.signal("TERM").await();
    SumsText sums = new SumsText(run.messages());
    assertThat(sums.unequal()).isEmpty();
    long arrived =
        new SinkLines(first.outputLines()).logRecords().size()
            + new SinkLines(second.outputLines()).logRecords().size();
    assertThat(sums.get("logs.ended")).isEqualTo(2 * connections);
    assertThat(arrived + sums.get("logs.queue_full"))
        .as(run.messages() + first.messages() + second.messages())
        .isEqualTo(2 * connections);
    assertThat(run.messages().split("trying again", -1)).as("said once a minute").hasSize(2);
    if (queueBytes.equals("8MiB")) {
      assertThat(arrived).isEqualTo(2 * connections);
    } else {
      assertThat(sums.get("logs.queue_full")).isPositive();
    }
  }

  @Test
  void nothingStaysAttachedAfterKill() throws Exception {
    Program run = programs.startRun();
    assertThat(RunningPrograms.attached(programs.cgroup())).isEqualTo(1);
    run.signal("KILL").await();
    assertThat(RunningPrograms.attached(programs.cgroup())).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void endsAtASignalWithoutACollectorAndCountsWhatIsLeft(String signal) throws Exception {
    Program run = programs.startRun("--endpoint", "http://127.0.0.1:1");
    namespace.call(new ConnectionLoad(20, 1, BYTES)::run);
    RunningPrograms.awaitSum(run, "logs.ended", 40);
    long beganNs = System.nanoTime();
    assertThat(run.signal(signal).await()).as(run.messages()).isZero();
    assertThat(System.nanoTime() - beganNs).isLessThan(15_000_000_000L);
    SumsText sums = new SumsText(run.messages());
    assertThat(sums.unequal()).isEmpty();
    assertThat(sums.get("logs.ended")).isEqualTo(40);
    assertThat(sums.get("logs.failed") + sums.get("logs.shutdown")).isEqualTo(40);
  }

  @Test
  @Timeout(Await.TEST_SECONDS)
  void aSignalWhileItEndsByItselfTakesNothingFromIt() throws Exception {
    Program run = programs.startRun("--endpoint", "http://127.0.0.1:1", "--for", "5s");
    namespace.call(new ConnectionLoad(20, 1, BYTES)::run);
    // Detached before the flush, which lasts as long as there is no collector.
    Await.until("detached", () -> RunningPrograms.attached(programs.cgroup()) == 0);
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    assertThat(new SumsText(run.messages()).get("logs.ended")).isEqualTo(40);
  }

  /** Whose CLOCK_MONOTONIC is a day ahead of the kernel's. */
  @Test
  void inATimeNamespaceRecordsHaveTheTimeOfTheHost() throws Exception {
    Program sink = programs.startSink(0);
    List<String> command = new ArrayList<>(List.of("unshare", "-T", "--monotonic", "86400"));
    String endpoint = "http://127.0.0.1:" + RunningPrograms.port(sink);
    String scope = "cgroup:" + programs.cgroup().path();
    command.addAll(Program.commandLine("run", "--scope", scope, "--endpoint", endpoint));
    Program run = programs.start(command);
    run.awaitMessage("watching");
    Instant begin = Instant.now();
    programs.refuse(REFUSED);
    RunningPrograms.awaitSum(run, "logs.exported", REFUSED);
    assertThat(RunningPrograms.finish(run, sink).lines().logRecords())
        .hasSize(REFUSED)
        .allSatisfy(
            log ->
                assertThat(Instant.EPOCH.plusNanos(log.get("timeUnixNano").getAsLong()))
                    .isBetween(begin.minusSeconds(1), Instant.now()));
  }
}
