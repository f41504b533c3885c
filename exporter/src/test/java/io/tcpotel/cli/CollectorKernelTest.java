// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static io.tcpotel.testing.SinkLines.with;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.sink.JsonLines;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.ConnectionLoad;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.OtlpLines;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SinkLines;
import io.tcpotel.testing.SumsText;
import io.tcpotel.testing.TestNamespace;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code run} against the OpenTelemetry Collector, with the configuration of {@code otel-config}.
 */
@KernelTest
@CollectorTest
class CollectorKernelTest {
  private static final int CONNECTIONS = 500;
  private static final int BYTES = 300;
  private static final int REFUSED = 7;

  /** Requests without an answer at any time. */
  private static final int MOST_UNDER_WAY = 4;

  private static final Predicate<JsonObject> ANY = any -> true;

  @TempDir Path folder;

  private final RunningPrograms programs = new RunningPrograms();
  private final TestNamespace namespace = programs.namespace();

  @AfterEach
  void end() {
    programs.close();
  }

  private Path file() {
    return folder.resolve("collector.jsonl");
  }

  private RealCollector startCollector() {
    return programs.keep(namespace.call(() -> RealCollector.start(file())));
  }

  private Program startRun(int port, String... options) {
    List<String> arguments = new ArrayList<>(List.of("--endpoint", "http://127.0.0.1:" + port));
    arguments.addAll(List.of(options));
    return programs.startRun(arguments.toArray(String[]::new));
  }

  /** Waits until so many connections stand in the Collector's file. */
  private void awaitArrival(int connections) {
    Await.until(
        connections + " connections",
        () -> {
          Await.pause(250);
          return new OtlpLines(wholeLines()).logsByConnection().size() >= connections;
        });
  }

  /** The last line may be in the middle of being written. */
  private List<String> wholeLines() {
    try {
      String text = Files.readString(file());
      return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void itWritesWhatSinkWritesRecordForRecord() throws Exception {
    RealCollector collector = startCollector();
    Program run = startRun(RealCollector.PORT);
    ConnectionLoad.Outcome load = namespace.call(new ConnectionLoad(CONNECTIONS, 2, BYTES)::run);
    programs.refuse(REFUSED);
    awaitArrival(2 * CONNECTIONS + REFUSED);
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    assertThat(collector.stop()).as(collector.messages()).isZero();

    requireEachOnce(wholeLines(), 2 * CONNECTIONS + REFUSED);
    requireAsSinkPrints(wholeLines());
    requireLoad(new SinkLines(wholeLines()), load);
    assertThat(collector.printed().stream().filter(line -> line.startsWith("tcp ")))
        .as("what the debug exporter printed")
        .hasSize(2 * CONNECTIONS + REFUSED);
    SumsText sums = new SumsText(run.messages());
    assertThat(sums.unequal()).isEmpty();
    assertThat(sums.get("logs.exported")).isEqualTo(2 * CONNECTIONS + REFUSED);
  }

  /** Each request as {@code sink} prints it; the order of fields may be another. */
  private static void requireAsSinkPrints(List<String> lines) {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    JsonLines sink = new JsonLines(new LineOutput(printed, () -> {}));
    lines.forEach(line -> OtlpLines.hand(line, sink));
    assertThat(printed.toString(StandardCharsets.UTF_8).lines().map(JsonParser::parseString))
        .containsExactlyElementsOf(lines.stream().map(JsonParser::parseString).toList());
  }

  private static void requireLoad(SinkLines lines, ConnectionLoad.Outcome load) {
    assertThat(load.completed()).isEqualTo(CONNECTIONS);
    lines.requireBytes("client", load.clientSentBytes(), load.clientReceivedBytes());
    lines.requireBytes("server", load.serverSentBytes(), load.serverReceivedBytes());
    assertThat(lines.sumOfMetric("tcpotel.connection.attempts", ANY))
        .isEqualTo(2 * CONNECTIONS + REFUSED);
    assertThat(
            lines.sumOfMetric(
                "tcpotel.connection.attempts", with("error.type", "connection_refused")))
        .isEqualTo(REFUSED);
    assertThat(lines.sumOfMetric("tcpotel.connection.duration", ANY)).isEqualTo(2 * CONNECTIONS);
    assertThat(lines.sumOfMetric("tcpotel.connection.active", ANY)).isZero();
  }

  @Test
  void nothingIsLostWhenItIsRestarted() throws Exception {
    RealCollector first = startCollector();
    Program run = startRun(RealCollector.PORT);
    CompletableFuture<Long> loading = namespace.start(new PacedLoad(500, 6));
    RunningPrograms.awaitSum(run, "logs.exported", 500);
    assertThat(first.stop()).as(first.messages()).isZero();
    run.awaitMessage("trying again");
    RealCollector second = startCollector();
    int records = (int) (2 * loading.join());
    awaitArrival(records);
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    assertThat(second.stop()).as(second.messages()).isZero();

    requireEachOnce(wholeLines(), records);
    SinkLines lines = new SinkLines(wholeLines());
    assertThat(lines.sumOfMetric("tcpotel.connection.attempts", ANY)).isEqualTo(records);
    assertThat(lines.sumOfMetric("tcpotel.connection.duration", ANY)).isEqualTo(records);
    assertThat(lines.sumOfMetric("tcpotel.connection.active", ANY)).isZero();
    SumsText sums = new SumsText(run.messages());
    assertThat(sums.unequal()).isEmpty();
    assertThat(sums.get("logs.exported")).as(run.messages()).isEqualTo(records);
  }

  /** A request whose answer the restart cut off is sent again as it was, and stands there twice. */
  private static void requireEachOnce(List<String> lines, int records) {
    List<String> requests =
        lines.stream().filter(line -> line.contains("\"resourceLogs\"")).toList();
    List<String> different = requests.stream().distinct().toList();
    assertThat(requests.size() - different.size())
        .as("requests that came twice")
        .isLessThanOrEqualTo(MOST_UNDER_WAY);
    Map<String, List<OtlpLines.Sent>> byConnection = new OtlpLines(different).logsByConnection();
    assertThat(byConnection).hasSize(records);
    byConnection.forEach((id, sent) -> assertThat(sent).as(id).hasSize(1));
  }
}
