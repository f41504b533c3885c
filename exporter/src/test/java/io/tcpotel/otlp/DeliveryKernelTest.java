// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tcpotel.otlp.spool.SpoolRecords;
import io.tcpotel.telemetry.SelfInstrument;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SinkLines;
import io.tcpotel.testing.SumsText;
import io.tcpotel.testing.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} as a process, with a collector that is stopped, moved or not there. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class DeliveryKernelTest {
  private static final Predicate<JsonObject> ANY = any -> true;

  @TempDir Path folder;

  private int copies;
  private final RunningPrograms programs = new RunningPrograms();
  private final TestNamespace namespace = programs.namespace();

  @AfterEach
  void end() {
    programs.close();
  }

  private Program startRun(List<String> javaOptions, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("run", "--scope", "cgroup:" + programs.cgroup().path()));
    arguments.addAll(List.of(options));
    List<String> command = new ArrayList<>(Program.commandLine(arguments.toArray(String[]::new)));
    command.addAll(1, javaOptions);
    Program run = programs.start(command);
    run.awaitMessage("watching");
    return run;
  }

  private static SumsText awaitSums(Program run, Predicate<SumsText> wanted)
      throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      SumsText sums = RunningPrograms.askForSums(run);
      if (wanted.test(sums)) {
        return sums;
      }
      Thread.sleep(100);
    }
    throw new AssertionError(run.messages());
  }

  private long load(int connections) throws Exception {
    return namespace.call(new ConnectionLoad(connections, 2, 100)::run).completed();
  }

  private void awaitWritten(Path spool, int records) throws Exception {
    for (int i = 0; i < 300; i++) {
      if (ids(spool).size() > records) {
        return;
      }
      Thread.sleep(100);
    }
    throw new AssertionError("fewer than " + records + " in the spool");
  }

  /** The connections that a process would find that is started after a kill now. */
  private Set<String> ids(Path spool) throws Exception {
    Path copy = SpoolRecords.copy(spool, folder.resolve("copy" + copies++));
    return SpoolRecords.connectionIds(copy);
  }

  private static List<String> arrived(Program sink) {
    return new SinkLines(sink.outputLines())
        .logRecords().stream()
            .map(log -> SinkLines.attribute(log, "tcpotel.connection.id"))
            .toList();
  }

  @Test
  void whatWasWrittenWhenItWasKilledArrives() throws Exception {
    Path spool = folder.resolve("spool");
    Set<String> written = new HashSet<>();
    for (int round = 0; round < 5; round++) {
      Program run =
          startRun(List.of(), "--endpoint", "http://127.0.0.1:1", "--spool", spool.toString());
      CompletableFuture<Void> loading =
          namespace.start(
              () -> {
                for (int i = 0; i < 80; i++) {
                  new ConnectionLoad(20, 2, 100).run();
                  Thread.sleep(50);
                }
                return null;
              });
      int more = written.size();
      awaitWritten(spool, more + 500);
      run.signal("KILL").await();
      loading.join();
      Set<String> now = ids(spool);
      assertThat(now).as("round " + round).containsAll(written).hasSizeGreaterThan(more + 500);
      written = now;
    }
    Program sink = programs.startSink("127.0.0.1", 0);
    Program last =
        startRun(
            List.of(),
            "--endpoint",
            "http://127.0.0.1:" + RunningPrograms.port(sink),
            "--spool",
            spool.toString());
    int all = written.size();
    awaitSums(last, sums -> sums.get("logs.exported") >= all);
    assertThat(last.signal("TERM").await()).as(last.messages()).isZero();
    assertThat(sink.signal("TERM").await()).isZero();
    assertThat(arrived(sink)).containsAll(written).doesNotHaveDuplicates();
    assertThat(new SumsText(last.messages()).unequal()).isEmpty();
    assertThat(SpoolRecords.segments(spool)).isEmpty();
  }

  /** -Dtcpotel.stall.seconds=60 for the minute of an operator's nightmare. */
  @Test
  void aStalledCollectorBlocksNobody() throws Exception {
    Program sink = programs.startSink("127.0.0.1", 0);
    Program run =
        startRun(
            List.of("-Dotel.exporter.otlp.timeout=2000", "-Dotel.metric.export.interval=1000"),
            "--endpoint",
            "http://127.0.0.1:" + RunningPrograms.port(sink),
            "--queue-bytes",
            "1MiB");
    load(50);
    awaitSums(run, sums -> sums.get("logs.exported") >= 100);
    sink.signal("STOP");
    long connections = 50;
    long endNs = System.nanoTime() + Long.getLong("tcpotel.stall.seconds", 10) * 1_000_000_000L;
    while (System.nanoTime() < endNs) {
      connections += load(100);
      Thread.sleep(50); // at most 2,000 connections per second
    }
    long ends = 2 * connections;
    SumsText stalled = awaitSums(run, sums -> sums.get("logs.ended") > ends * 9 / 10);
    assertThat(stalled.get("logs.queue_full")).as(run.messages()).isPositive();
    sink.signal("CONT");
    awaitSums(run, sums -> sums.get("logs.waiting") + sums.get("logs.in_flight") == 0);
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    assertThat(sink.signal("TERM").await()).isZero();

    SumsText sums = new SumsText(run.messages());
    assertThat(sums.unequal()).isEmpty();
    assertThat(sums.get("logs.ended")).isEqualTo(ends);
    assertThat(sums.get("kernel.open.deferred") + sums.get("kernel.close.folded")).isZero();
    SinkLines lines = new SinkLines(sink.outputLines());
    assertThat(lines.sumOfMetric("tcpotel.connection.attempts", ANY)).isEqualTo(ends);
    assertThat(lines.sumOfMetric("tcpotel.connection.duration", ANY)).isEqualTo(ends);
    assertThat(lines.sumOfMetric("tcpotel.connection.active", ANY)).isZero();
    assertThat(new HashSet<>(arrived(sink))).hasSize((int) sums.get("logs.exported"));
    requireSelfMetrics(lines, sums);
  }

  /** Whether the self metric is one of spans, of thinning, or of runs that nobody counts. */
  private static boolean isOff(SelfInstrument instrument) throws IOException {
    return switch (instrument) {
      case LOG_LEFT_OUT -> true;
      case PROGRAM_RUNS, PROGRAM_RUN_TIME ->
          Files.readString(Path.of("/proc/sys/kernel/bpf_stats_enabled")).startsWith("0");
      default -> instrument.key().contains(".span.");
    };
  }

  private static void requireSelfMetrics(SinkLines lines, SumsText sums) throws IOException {
    for (SelfInstrument instrument : SelfInstrument.values()) {
      assertThat(lines.metricNames().contains(instrument.key()))
          .as(instrument.key())
          .isEqualTo(!isOff(instrument));
    }
    Predicate<JsonObject> put =
        point -> "put".equals(SinkLines.attribute(point, "tcpotel.outcome"));
    Predicate<JsonObject> full =
        point -> "queue_full".equals(SinkLines.attribute(point, "error.type"));
    assertThat(lines.sumOfMetric("tcpotel.connection.seen", put))
        .isEqualTo(lines.sumOfMetric("tcpotel.ringbuf.records", ANY))
        .isEqualTo(lines.sumOfMetric("tcpotel.record.processed", ANY))
        .isEqualTo(sums.get("read.all"));
    assertThat(lines.sumOfMetric("otel.sdk.log.created", ANY)).isEqualTo(sums.get("logs.ended"));
    assertThat(lines.sumOfMetric("otel.sdk.processor.log.processed", full))
        .isEqualTo(sums.get("logs.queue_full"));
    assertThat(lines.sumOfMetric("otel.sdk.exporter.log.exported", ANY))
        .isEqualTo(sums.get("logs.exported"));
    assertThat(lines.sumOfMetric("tcpotel.export.retries", ANY)).isPositive();
  }

  @Test
  void aCollectorWhoseAddressChangesIsFoundAgain() throws Exception {
    Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 collector.test\n");
    Program first = programs.startSink("127.0.0.1", 0);
    int port = RunningPrograms.port(first);
    Program run =
        startRun(
            List.of(
                "-Djdk.net.hosts.file=" + hosts,
                "-Dsun.net.inetaddr.ttl=0",
                "-Dnetworkaddress.cache.ttl=0"),
            "--endpoint",
            "http://collector.test:" + port);
    load(10);
    awaitSums(run, sums -> sums.get("logs.exported") == 20);
    Files.writeString(hosts, "127.0.0.2 collector.test\n");
    assertThat(first.signal("TERM").await()).isZero();
    Program second = programs.startSink("127.0.0.2", port);
    load(10);
    awaitSums(run, sums -> sums.get("logs.exported") == 40);
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    assertThat(second.signal("TERM").await()).isZero();
    assertThat(arrived(first)).hasSize(20);
    assertThat(arrived(second)).hasSize(20);
  }
}
