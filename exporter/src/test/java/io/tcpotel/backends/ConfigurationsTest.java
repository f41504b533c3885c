// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.ComposedCollector;
import io.tcpotel.testing.GivenBackend;
import io.tcpotel.testing.HttpGet;
import io.tcpotel.testing.OtlpLines;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.PrometheusServer;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.RealJaeger;
import io.tcpotel.testing.RealVictoriaLogs;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.testing.SumsText;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each configuration of {@code otel-config/collector/config} carries data: a recording of known
 * content, through the Collector, into the backend. Where there is no Loki and no Tempo, others
 * that speak the same protocol stand in.
 */
@BackendsTest
@Timeout(Await.TEST_SECONDS)
class ConfigurationsTest {
  private static final int PAIRS = 23;
  private static final int REFUSED = 7;
  private static final int ENDS = 2 * PAIRS + REFUSED;

  private static final String LOGS = "event_name:=\"tcpotel.connection.end\"";

  /** Ended connections by their duration, which has no error here, and connects that failed. */
  private static final String COUNTS =
      "sum by (error_type, host_name)"
          + " ({__name__=~\"tcpotel_connection_(duration_seconds_count|attempts_total)\"})";

  @TempDir Path folder;

  private final Deque<AutoCloseable> started = new ArrayDeque<>();

  private <T extends AutoCloseable> T keep(T part) {
    started.push(part);
    return part;
  }

  @AfterEach
  void end() throws Exception {
    while (!started.isEmpty()) {
      started.pop().close();
    }
  }

  /** Both ends of each connection, and connects that were refused. */
  private Path recording() throws IOException {
    List<RecordImage> records = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      records.add(RecordImage.close().isns(1000 + i, -2000 - i).socketCookie(2 * i));
      records.add(
          RecordImage.close()
              .inbound()
              .ports(5432, 41528)
              .isns(-2000 - i, 1000 + i)
              .socketCookie(2 * i + 1));
    }
    for (int i = 0; i < REFUSED; i++) {
      records.add(RecordImage.failure().isns(7000 + i, 0).socketCookie(1000 + i));
    }
    return Files.write(folder.resolve("connections"), RecordingBytes.of(records));
  }

  /** Sends it through the Collector; returns when both have ended. */
  private void carry(ComposedCollector setup, String signals) throws IOException {
    try (RealCollector collector = setup.start();
        Program replay =
            Program.start(
                "replay",
                recording().toString(),
                "--endpoint=" + setup.address(),
                "--signals=" + signals,
                "--times=now",
                "--speed=max")) {
      assertThat(replay.await(Duration.ofMinutes(2))).as(replay.messages()).isZero();
      assertThat(new SumsText(replay.messages()).unequal()).isEmpty();
      assertThat(collector.stop()).as(collector.messages()).isZero();
      assertThat(collector.messages()).doesNotContain("\terror\t", "\twarn\t");
    }
  }

  /** Asks until the answer has as many rows. */
  private static <T> List<T> await(int rows, Supplier<List<T>> question) {
    List<T> answer = new ArrayList<>();
    Await.until(
        rows + " rows",
        () -> {
          Await.pause(100);
          answer.clear();
          answer.addAll(question.get());
          return answer.size() >= rows;
        });
    return answer;
  }

  private static String text(JsonObject row, String field) {
    return row.has(field) ? row.get(field).getAsString() : "";
  }

  @Test
  void toFile() throws IOException {
    Path file = folder.resolve("out.jsonl");
    carry(
        new ComposedCollector("to-file.yaml").with("COLLECTOR_FILE", file.toString()),
        "logs,metrics,traces");
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).anyMatch(line -> line.startsWith("{\"resourceMetrics\""));
    assertThat(lines).anyMatch(line -> line.startsWith("{\"resourceSpans\""));
    List<String> logs = lines.stream().filter(line -> line.contains("\"resourceLogs\"")).toList();
    assertThat(new OtlpLines(logs).logsByConnection()).hasSize(ENDS);
  }

  @Test
  void toVictoriaLogs() throws IOException {
    RealVictoriaLogs logs = keep(RealVictoriaLogs.start(folder.resolve("logs")));
    carry(
        new ComposedCollector("to-victorialogs.yaml").with("VICTORIALOGS_URL", logs.url()), "logs");
    List<JsonObject> rows = await(ENDS, () -> logs.query(LOGS));
    assertThat(rows).hasSize(ENDS);
    assertThat(rows.stream().filter(row -> "connection_refused".equals(text(row, "error.type"))))
        .hasSize(REFUSED);
    assertThat(text(rows.get(0), "_stream"))
        .contains("service.instance.id=")
        .doesNotContain("tcpotel.connection", "network.");
    Program ask = ask(Map.of("VICTORIALOGS_URL", logs.url()), "failed-pairs");
    assertThat(ask.await()).as(ask.messages()).isZero();
    JsonObject answer = JsonParser.parseString(ask.output()).getAsJsonObject();
    assertThat(text(answer, "error.type")).isEqualTo("connection_refused");
    assertThat(text(answer, "connections")).isEqualTo(Integer.toString(REFUSED));
  }

  private Program ask(Map<String, String> environment, String... question) {
    List<String> command = new ArrayList<>(List.of("../otel-config/ask"));
    command.addAll(List.of(question));
    return keep(Program.start(environment, command));
  }

  @Test
  void askKnowsAllQuestionsAndWhatEachNeeds() {
    Program list = ask(Map.of());
    assertThat(list.await()).isZero();
    for (Question question : Questions.ALL) {
      assertThat(list.output()).contains(question.id() + " ");
    }
    Program needs = ask(Map.of(), "connections-of-address", "seconds=0");
    assertThat(needs.await()).isEqualTo(2);
    assertThat(needs.messages()).isEqualTo("ask: needs address=VALUE\n");
  }

  @Test
  void toLoki() throws IOException {
    RealVictoriaLogs standIn = keep(RealVictoriaLogs.start(folder.resolve("logs")));
    carry(
        new ComposedCollector("to-loki.yaml")
            .with("LOKI_URL", standIn.url() + "/insert/opentelemetry"),
        "logs");
    List<JsonObject> rows = await(ENDS, () -> standIn.query(LOGS));
    assertThat(rows)
        .hasSize(ENDS)
        .allSatisfy(
            row -> {
              assertThat(text(row, "tcpotel.event.name")).isEqualTo(text(row, "event_name"));
              assertThat(text(row, "service_instance_id")).isNotEmpty();
              assertThat(text(row, "service.instance.id")).isEmpty();
            });
  }

  @Test
  void toTheGivenLoki() throws IOException {
    URI loki = GivenBackend.LOKI.address();
    carry(new ComposedCollector("to-loki.yaml").with("LOKI_URL", loki + "/otlp"), "logs");
    String query = "{service_name=~\".+\"} | tcpotel_event_name=\"tcpotel.connection.end\"";
    Await.until(
        "its answer",
        () ->
            HttpGet.ok(loki + "/loki/api/v1/query_range?query=" + HttpGet.encode(query))
                .contains("connection_refused"));
  }

  private PrometheusServer prometheus(String... flags) throws IOException {
    return keep(
        PrometheusServer.start(
            Files.createDirectories(folder.resolve("prometheus")),
            "otlp: {promote_resource_attributes: [host.name]}",
            "127.0.0.1:0",
            flags));
  }

  private static void requireCounts(PrometheusServer prometheus) {
    List<PrometheusServer.Sample> rows = await(2, () -> prometheus.query(COUNTS));
    assertThat(rows)
        .extracting(row -> row.label("error_type"), PrometheusServer.Sample::value)
        .containsExactlyInAnyOrder(
            tuple("", 2.0 * PAIRS), tuple("connection_refused", (double) REFUSED));
    assertThat(rows).allSatisfy(row -> assertThat(row.label("host_name")).isNotEmpty());
  }

  @Test
  void toPrometheus() throws IOException {
    PrometheusServer prometheus = prometheus();
    carry(
        new ComposedCollector("to-prometheus.yaml")
            .with("PROMETHEUS_URL", "http://" + prometheus.address()),
        "metrics");
    requireCounts(prometheus);
  }

  @Test
  void toPrometheusByRemoteWrite() throws IOException {
    PrometheusServer prometheus = prometheus("--web.enable-remote-write-receiver");
    carry(
        new ComposedCollector("to-remote-write.yaml")
            .with("REMOTE_WRITE_URL", "http://" + prometheus.address() + "/api/v1/write"),
        "metrics");
    requireCounts(prometheus);
  }

  /** As Jaeger's API has them: a trace of two spans for each pair, one for each refused. */
  private static void requireTraces(RealJaeger jaeger) {
    List<Integer> spans =
        await(
            PAIRS + REFUSED,
            () -> {
              List<Integer> found = new ArrayList<>();
              jaeger
                  .query("/api/traces?service=tcpotel&limit=1000&lookback=1h")
                  .getAsJsonArray()
                  .forEach(
                      trace -> found.add(trace.getAsJsonObject().getAsJsonArray("spans").size()));
              return found;
            });
    assertThat(spans).filteredOn(size -> size == 2).hasSize(PAIRS);
    assertThat(spans).filteredOn(size -> size == 1).hasSize(REFUSED);
  }

  @Test
  void toJaeger() throws IOException {
    RealJaeger jaeger = keep(RealJaeger.start(folder));
    carry(
        new ComposedCollector("to-jaeger.yaml").with("JAEGER_ADDRESS", jaeger.otlpEndpoint()),
        "traces");
    requireTraces(jaeger);
  }

  /** Both take OTLP/gRPC. */
  @Test
  void toTempo() throws IOException {
    RealJaeger standIn = keep(RealJaeger.start(folder));
    carry(
        new ComposedCollector("to-tempo.yaml").with("TEMPO_ADDRESS", standIn.otlpEndpoint()),
        "traces");
    requireTraces(standIn);
  }

  @Test
  void allTogether() throws IOException {
    RealVictoriaLogs logs = keep(RealVictoriaLogs.start(folder.resolve("logs")));
    PrometheusServer prometheus = prometheus();
    RealJaeger jaeger = keep(RealJaeger.start(folder));
    Path file = folder.resolve("out.jsonl");
    carry(
        new ComposedCollector(
                "to-victorialogs.yaml", "to-prometheus.yaml", "to-jaeger.yaml", "to-file.yaml")
            .with("VICTORIALOGS_URL", logs.url())
            .with("PROMETHEUS_URL", "http://" + prometheus.address())
            .with("JAEGER_ADDRESS", jaeger.otlpEndpoint())
            .with("COLLECTOR_FILE", file.toString()),
        "logs,metrics,traces");
    assertThat(await(ENDS, () -> logs.query(LOGS))).hasSize(ENDS);
    requireCounts(prometheus);
    requireTraces(jaeger);
    assertThat(file).isNotEmptyFile();
  }
}
