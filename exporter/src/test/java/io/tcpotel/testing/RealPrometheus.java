// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;

/**
 * Prometheus in a process of its own, and a Collector that sends metrics to it, born in the
 * namespace and cgroup of the thread that starts them; killed on close. Queries are to be made in
 * the same namespace.
 */
public final class RealPrometheus implements AutoCloseable {
  private static final String ADDRESS = "127.0.0.1:9090";

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

  private final Program program;
  private final RealCollector collector;

  private RealPrometheus(Program program, RealCollector collector) {
    this.program = program;
    this.collector = collector;
  }

  /** Returns once both take metrics. */
  public static RealPrometheus start(Path folder) throws IOException {
    String path = System.getenv(PrometheusRequirement.PROGRAM);
    Assertions.assertNotNull(path, PrometheusRequirement.PROGRAM);
    Path configuration = Files.writeString(folder.resolve("prometheus.yaml"), "{}");
    Path ofCollector =
        Files.writeString(
            folder.resolve("collector.yaml"), COLLECTOR.formatted(RealCollector.PORT, ADDRESS));
    Program program =
        Program.start(
            Map.of(),
            List.of(
                path,
                "--config.file=" + configuration,
                "--storage.tsdb.path=" + folder.resolve("data"),
                "--web.listen-address=" + ADDRESS,
                "--web.enable-otlp-receiver",
                // A series begins with 0 at its start time.
                "--enable-feature=created-timestamp-zero-ingestion"));
    try {
      program.awaitMessage("Server is ready to receive web requests");
      return new RealPrometheus(program, RealCollector.start(folder, ofCollector));
    } catch (AssertionError e) {
      program.close();
      throw e;
    }
  }

  /** The values of an instant query by the value of a label. */
  public static Map<String, Double> query(String query, String label) {
    return query(query, label, "");
  }

  /**
   * Likewise.
   *
   * @param atSeconds of which time
   */
  public static Map<String, Double> query(String query, String label, double atSeconds) {
    return query(query, label, "&time=" + atSeconds);
  }

  private static Map<String, Double> query(String query, String label, String more) {
    String url = "http://" + ADDRESS + "/api/v1/query?query=";
    JsonObject answer =
        JsonParser.parseString(get(url + URLEncoder.encode(query, StandardCharsets.UTF_8) + more))
            .getAsJsonObject();
    Map<String, Double> values = new TreeMap<>();
    for (JsonElement each : answer.getAsJsonObject("data").getAsJsonArray("result")) {
      JsonObject labels = each.getAsJsonObject().getAsJsonObject("metric");
      String key = labels.has(label) ? labels.get(label).getAsString() : "";
      double value = each.getAsJsonObject().getAsJsonArray("value").get(1).getAsDouble();
      if (values.put(key, value) != null) {
        throw new AssertionError(query + " has two series of " + label + " " + key);
      }
    }
    return values;
  }

  private static String get(String url) {
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setRequestProperty("Connection", "close");
      try (InputStream body =
          connection.getResponseCode() == HttpURLConnection.HTTP_OK
              ? connection.getInputStream()
              : connection.getErrorStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public String messages() {
    return program.messages() + collector.messages();
  }

  @Override
  public void close() {
    collector.close();
    program.close();
  }
}
