// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.testing.SumsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Spans of a recording, from a process of its own into a collector in this one. */
@Timeout(Await.TEST_SECONDS)
class ReplaySpansTest {
  private static final int CONNECTIONS = 23;

  @TempDir private Path folder;

  private final ScriptedCollector collector = ScriptedCollector.start();

  @AfterEach
  void close() {
    collector.close();
  }

  /** Both ends of each connection, and its open. */
  private Path recording() throws IOException {
    java.util.ArrayList<RecordImage> records = new java.util.ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      records.add(RecordImage.open().isns(1000 + i, -2000 - i).socketCookie(2 * i));
      records.add(RecordImage.close().isns(1000 + i, -2000 - i).socketCookie(2 * i));
      records.add(
          RecordImage.close()
              .inbound()
              .ports(5432, 41528)
              .isns(-2000 - i, 1000 + i)
              .socketCookie(2 * i + 1));
    }
    return Files.write(folder.resolve("connections"), RecordingBytes.of(records));
  }

  private Program replay(String signals, String... more) throws IOException {
    List<String> arguments = new java.util.ArrayList<>();
    arguments.addAll(List.of("replay", recording().toString(), "--signals", signals));
    arguments.addAll(List.of("--endpoint", collector.endpoint()));
    arguments.addAll(List.of(more));
    return Program.start(arguments.toArray(String[]::new));
  }

  private static String end(Program program, int exitCode) {
    try (program) {
      assertThat(program.await(Duration.ofSeconds(120))).as(program.messages()).isEqualTo(exitCode);
      assertThat(new SumsText(program.messages()).unequal()).isEmpty();
      return program.messages();
    }
  }

  @Test
  void bothEndsOfAConnectionAreOneTraceWithTheirLogRecords() throws IOException {
    end(replay("logs,metrics,traces"), 0);
    assertThat(collector.acceptedSpans()).hasSize(2 * CONNECTIONS);
    Map<ByteString, List<Span>> traces =
        collector.acceptedSpans().stream().collect(Collectors.groupingBy(Span::getTraceId));
    assertThat(traces).hasSize(CONNECTIONS);
    Map<ByteString, LogRecord> logs =
        collector.accepted().stream()
            .collect(Collectors.toMap(LogRecord::getSpanId, Function.identity()));
    for (List<Span> trace : traces.values()) {
      Span client = of(trace, Span.SpanKind.SPAN_KIND_CLIENT);
      Span server = of(trace, Span.SpanKind.SPAN_KIND_SERVER);
      assertThat(client.getParentSpanId()).isEqualTo(ByteString.EMPTY);
      assertThat(server.getParentSpanId()).isEqualTo(client.getSpanId());
      assertThat(server.getFlags()).isEqualTo(0x300);
      for (Span span : trace) {
        LogRecord log = logs.get(span.getSpanId());
        assertThat(log.getTraceId()).isEqualTo(span.getTraceId());
        assertThat(log.getTimeUnixNano()).isEqualTo(span.getEndTimeUnixNano());
      }
    }
    Map<String, Metric> metrics =
        collector.acceptedMetrics().stream()
            .collect(Collectors.toMap(Metric::getName, each -> each, (one, other) -> other));
    assertThat(metrics.get("otel.sdk.span.started").getSum().getDataPoints(0).getAsInt())
        .isEqualTo(2 * CONNECTIONS);
  }

  private static Span of(List<Span> trace, Span.SpanKind kind) {
    return trace.stream().filter(span -> span.getKind() == kind).findFirst().orElseThrow();
  }

  @Test
  void tracesAlone() throws IOException {
    end(replay("traces"), 0);
    assertThat(collector.acceptedSpans()).hasSize(2 * CONNECTIONS);
    assertThat(collector.accepted()).isEmpty();
  }

  @Test
  void spansThatACollectorDoesNotTakeAreCountedAndHoldUpNothing() throws IOException {
    collector.answerTraces(Answer.status(Status.Code.UNIMPLEMENTED));
    String messages = end(replay("logs,traces"), 1);
    assertThat(messages).contains("does not take traces", "spans failed   {UNIMPLEMENTED=46}");
    assertThat(collector.accepted()).hasSize(2 * CONNECTIONS);
  }

  @Test
  void rejectedSpansAreCounted() throws IOException {
    collector.answerTraces(Answer.rejecting(7, "no"));
    String messages = end(replay("traces"), 1);
    assertThat(messages).contains("collector rejected 7 spans: no", "exported 39 + rejected 7");
  }

  @Test
  void spansWaitInAFolderOfTheirOwn() throws IOException {
    Path spool = folder.resolve("spool");
    collector.answerTraces(Answer.silence());
    end(replay("logs,traces", "--spool", spool.toString()), 0);
    assertThat(collector.acceptedSpans()).hasSize(2 * CONNECTIONS);
    assertThat(spool.resolve("spans")).isDirectory();
  }
}
