// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.OtlpLines;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The OpenTelemetry Collector on a port of its own, and exports to it. */
final class CollectorSetup {
  private static final String BASE =
      """
      yaml:
        receivers:
          otlp: {protocols: {grpc: {endpoint: "127.0.0.1:%d"}}}
        processors:
          memory_limiter: {check_interval: 100ms, limit_mib: 512}
        exporters:
          file: {path: "%s", append: true, flush_interval: 100ms}
        service:
          telemetry: {metrics: {level: none}}
      """;

  /** A pipeline of logs into the file. */
  static final String LOGS =
      "yaml:service::pipelines::logs:"
          + " {receivers: [otlp], processors: [memory_limiter], exporters: [file]}";

  private final int port = FreePort.find();
  private final Path folder;

  CollectorSetup(Path folder) {
    this.folder = folder;
  }

  private Path file() {
    return folder.resolve("collector.jsonl");
  }

  /** With {@link #LOGS} and {@code more} parts of a configuration, which replace others. */
  RealCollector start(String... more) {
    List<String> parts = new ArrayList<>(List.of(LOGS));
    parts.addAll(List.of(more));
    return startWith(parts);
  }

  RealCollector startWith(List<String> parts) {
    List<String> all = new ArrayList<>(List.of(BASE.formatted(port, file())));
    all.addAll(parts);
    return RealCollector.start(Map.of(), all);
  }

  /** The part that has logs go to {@code backend} instead, each request tried once. */
  static String to(ScriptedCollector backend, String queue, String retry) {
    return """
        yaml:
          exporters:
            otlp_grpc:
              endpoint: "%s"
              tls: {insecure: true}
              sending_queue: %s
              retry_on_failure: %s
          service:
            pipelines:
              logs: {exporters: [otlp_grpc]}
        """
        .formatted(backend.endpoint().replace("http://", ""), queue, retry);
  }

  /** The part of its receiver's protocol. */
  static String grpc(String settings) {
    return "yaml:receivers::otlp::protocols::grpc: {" + settings + "}";
  }

  /** The part that has it speak TLS, with {@code more} settings of it. */
  static String serving(TestKey key, String... more) {
    return grpc(
        "tls: {cert_file: %s, key_file: %s%s}"
            .formatted(key.certificate(), key.privateKey(), String.join("", more)));
  }

  String endpoint() {
    return "http://127.0.0.1:" + port;
  }

  ExportToCollector export(Map<String, String> otel) {
    return export(otel, null);
  }

  /**
   * An export to it.
   *
   * @param spool null: none
   */
  ExportToCollector export(Map<String, String> otel, Path spool) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(64 << 20, 8 << 20, Duration.ofHours(1), spool, 64 << 20);
    return new ExportToCollector(endpoint(), bounds, otel);
  }

  /** Over TLS, with these settings of it. */
  ExportToCollector secured(Map<String, String> tls) {
    Map<String, String> otel = new HashMap<>(tls);
    otel.put("otel.exporter.otlp.endpoint", endpoint().replace("http:", "https:"));
    return export(otel);
  }

  /** What its file has, once it has ended. */
  DeliveryCase told(ExportToCollector to, int records) {
    return new DeliveryCase(this::arrived, () -> 0, to, records);
  }

  private List<String> arrived() {
    try {
      List<LogRecord> logs = new ArrayList<>();
      new OtlpLines(Files.exists(file()) ? Files.readAllLines(file()) : List.of())
          .logsByConnection()
          .values()
          .forEach(sent -> sent.forEach(one -> logs.add(one.message())));
      return ExportToCollector.connectionIds(logs);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
