// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prometheus in a process of its own, and a Collector that sends metrics to it, born in the
 * namespace and cgroup of the thread that starts them; killed on close. Queries are to be made in
 * the same namespace.
 */
public final class RealPrometheus implements AutoCloseable {
  /** A flag with which a series begins with 0 at its start time. */
  public static final String ZERO_INGESTION = "--enable-feature=created-timestamp-zero-ingestion";

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

  private final PrometheusServer server;
  private final RealCollector collector;

  private RealPrometheus(PrometheusServer server, RealCollector collector) {
    this.server = server;
    this.collector = collector;
  }

  /** Returns once both take metrics. */
  public static RealPrometheus start(Path folder, String... flags) throws IOException {
    Path ofCollector =
        Files.writeString(
            folder.resolve("collector.yaml"), COLLECTOR.formatted(RealCollector.PORT, ADDRESS));
    PrometheusServer server = PrometheusServer.start(folder, "{}", ADDRESS, flags);
    try {
      return new RealPrometheus(server, RealCollector.start(folder, ofCollector));
    } catch (AssertionError e) {
      server.close();
      throw e;
    }
  }

  /** The values of an instant query by the value of a label. */
  public static Map<String, Double> query(String query, String label) {
    return values(query, label, "");
  }

  /**
   * Likewise.
   *
   * @param atSeconds of which time
   */
  public static Map<String, Double> query(String query, String label, double atSeconds) {
    return values(query, label, "&time=" + atSeconds);
  }

  private static Map<String, Double> values(String query, String label, String more) {
    Map<String, Double> values = new TreeMap<>();
    String parameters = "query=" + HttpGet.encode(query) + more;
    for (PrometheusServer.Sample each : PrometheusServer.samples(ADDRESS, parameters)) {
      if (values.put(each.label(label), each.value()) != null) {
        throw new AssertionError(query + " has two series of " + label + " " + each.label(label));
      }
    }
    return values;
  }

  public String messages() {
    return server.messages() + collector.messages();
  }

  @Override
  public void close() {
    collector.close();
    server.close();
  }
}
