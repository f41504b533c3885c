// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.testing.GivenBackend.LOKI;
import static io.tcpotel.testing.GivenBackend.TEMPO;

import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.PrometheusServer;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.RealJaeger;
import io.tcpotel.testing.RealVictoriaLogs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The backends behind a Collector, which can go away and come back; all listen on the loopback, but
 * for a Loki and a Tempo, where somebody has them: Tempo takes OTLP/HTTP at port 4318.
 */
final class FleetBackends implements AutoCloseable {
  private static final String COLLECTOR =
      """
      receivers:
        otlp: {protocols: {grpc: {endpoint: "127.0.0.1:%d"}}}
      exporters:
        otlp_http/prometheus: {endpoint: "http://%s/api/v1/otlp", tls: {insecure: true}}
        otlp_http/victorialogs: {logs_endpoint: "%s", tls: {insecure: true}}
        otlp/jaeger: {endpoint: "%s", tls: {insecure: true}}
        otlp_http/loki: {endpoint: "%s/otlp"}
        otlp_http/tempo: {endpoint: "http://%s:4318"}
      service:
        telemetry: {metrics: {level: none}}
        pipelines:
          metrics: {receivers: [otlp], exporters: [otlp_http/prometheus]}
          logs: {receivers: [otlp], exporters: [otlp_http/victorialogs%s]}
          traces: {receivers: [otlp], exporters: [otlp/jaeger%s]}
      """;
  private static final String PROMETHEUS =
      """
      global: {evaluation_interval: 1s}
      storage: {tsdb: {out_of_order_time_window: 10m}}
      otlp:
        keep_identifying_resource_attributes: true
        promote_resource_attributes: [container.id, k8s.pod.uid]
      """;

  private final Path folder;
  private final Path configuration;
  private final int port = FreePort.find();
  private final Deque<AutoCloseable> started = new ArrayDeque<>();
  private final PrometheusServer prometheus;
  private final RealVictoriaLogs victoriaLogs;
  private final RealJaeger jaeger;
  private RealCollector collector;

  private FleetBackends(Path folder) throws IOException {
    this.folder = folder;
    configuration = folder.resolve("collector.yaml");
    prometheus =
        keep(
            PrometheusServer.start(
                folder,
                PROMETHEUS,
                "127.0.0.1:0",
                "--web.enable-lifecycle",
                "--enable-feature=exemplar-storage"));
    victoriaLogs = keep(RealVictoriaLogs.start(folder.resolve("logs")));
    jaeger = keep(RealJaeger.start(folder));
  }

  static FleetBackends start() throws IOException {
    FleetBackends backends = new FleetBackends(Files.createTempDirectory("tcpotel-fleet"));
    Files.writeString(
        backends.configuration,
        COLLECTOR.formatted(
            backends.port,
            backends.prometheus.address(),
            backends.victoriaLogs.logsEndpoint(),
            backends.jaeger.otlpEndpoint(),
            LOKI.isGiven() ? LOKI.address() : "http://127.0.0.1:3100",
            TEMPO.isGiven() ? TEMPO.address().getHost() : "127.0.0.1",
            LOKI.isGiven() ? ", otlp_http/loki" : "",
            TEMPO.isGiven() ? ", otlp_http/tempo" : ""));
    backends.startCollector();
    return backends;
  }

  private <T extends AutoCloseable> T keep(T backend) {
    started.push(backend);
    return backend;
  }

  void startCollector() {
    collector = keep(RealCollector.start(folder.resolve("unused"), configuration));
  }

  void stopCollector() {
    collector.stop();
  }

  /** Where the Collector takes OTLP/gRPC. */
  String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  PrometheusServer prometheus() {
    return prometheus;
  }

  RealVictoriaLogs victoriaLogs() {
    return victoriaLogs;
  }

  RealJaeger jaeger() {
    return jaeger;
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
