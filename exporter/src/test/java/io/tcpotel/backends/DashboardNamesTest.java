// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.backends.PanelQuery.Language;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.PrometheusServer;
import io.tcpotel.testing.RealCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The panels have the same data however Prometheus translates the names of metrics. */
@BackendsTest
class DashboardNamesTest {
  private static final Path RECORDING =
      Path.of("src/main/resources/io/tcpotel/demo/recorded.tcpotel");

  /** With what stands in the names of labels. */
  private static final Map<String, String> STRATEGIES =
      new TreeMap<>(
          Map.of(
              "UnderscoreEscapingWithSuffixes", "_",
              "UnderscoreEscapingWithoutSuffixes", "_",
              "NoUTF8EscapingWithSuffixes", ".",
              "NoTranslation", "."));

  @TempDir private Path folder;

  private PrometheusServer prometheus(String strategy) throws IOException {
    return PrometheusServer.start(
        Files.createDirectory(folder.resolve(strategy)),
        "otlp: {translation_strategy: "
            + strategy
            + ", keep_identifying_resource_attributes: true}",
        "127.0.0.1:0");
  }

  private Path collector(int port, Map<String, PrometheusServer> servers) throws IOException {
    StringBuilder exporters = new StringBuilder();
    servers.forEach(
        (strategy, server) ->
            exporters.append(
                "  otlp_http/%s: {endpoint: \"http://%s/api/v1/otlp\", tls: {insecure: true}}\n"
                    .formatted(strategy, server.address())));
    String names =
        String.join(", ", servers.keySet().stream().map(name -> "otlp_http/" + name).toList());
    return Files.writeString(
        folder.resolve("collector.yaml"),
        """
        receivers:
          otlp: {protocols: {grpc: {endpoint: "127.0.0.1:%d"}}}
        exporters:
        %sservice:
          telemetry: {metrics: {level: none}}
          pipelines:
            metrics: {receivers: [otlp], exporters: [%s]}
        """
            .formatted(port, exporters, names));
  }

  @Test
  void panelsHaveTheSameDataWhateverTheNames() throws IOException {
    Map<String, PrometheusServer> servers = new LinkedHashMap<>();
    try {
      for (String strategy : STRATEGIES.keySet()) {
        servers.put(strategy, prometheus(strategy));
      }
      int port = FreePort.find();
      try (RealCollector running =
              RealCollector.start(folder.resolve("unused"), collector(port, servers));
          Program replay =
              Program.start(
                  "replay",
                  RECORDING.toString(),
                  "--signals=metrics",
                  "--resource=agent",
                  "--metrics-by=address-pair",
                  "--endpoint=http://127.0.0.1:" + port)) {
        assertThat(replay.await()).as(replay.messages()).isZero();
        compare(servers, running);
      }
    } finally {
      servers.values().forEach(PrometheusServer::close);
    }
  }

  private static void compare(Map<String, PrometheusServer> servers, RealCollector collector) {
    servers.forEach(
        (strategy, server) ->
            Await.until(
                strategy + " has the metrics; " + collector.messages(),
                () -> {
                  Await.pause(100);
                  return series(server, "count({__name__=~\"tcpotel.connection.attempts.*\"})") > 0;
                }));
    int withData = 0;
    for (PanelQuery query : queries()) {
      Map<String, Integer> counts = new TreeMap<>();
      servers.forEach(
          (strategy, server) ->
              counts.put(strategy, series(server, asked(query, STRATEGIES.get(strategy)))));
      assertThat(counts.values().stream().distinct()).as(query.text() + " " + counts).hasSize(1);
      withData += counts.get("NoTranslation") > 0 ? 1 : 0;
    }
    System.out.println("dashboards: " + withData + " queries have data of a replay by all names");
    assertThat(withData).isGreaterThan(queries().size() / 3);
  }

  private static String asked(PanelQuery query, String dot) {
    return query.with(Map.of("dot", dot, "__rate_interval", "1h", "__range", "1h"));
  }

  private static int series(PrometheusServer server, String query) {
    return server.query(query).size();
  }

  private static List<PanelQuery> queries() {
    return Dashboard.ALL.stream()
        .flatMap(Dashboard::panels)
        .flatMap(panel -> panel.queries().stream())
        .filter(query -> query.language() == Language.PROMQL)
        .toList();
  }
}
