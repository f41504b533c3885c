// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.OtlpLines;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The OpenTelemetry Collector, where it refuses: nothing is lost, and what is twice is known. */
@CollectorTest
@Timeout(Await.TEST_SECONDS)
class CollectorDeliveryTest {
  private static final int RECORDS = 10_000;
  private static final long FINISH_MS = Await.LIMIT.toMillis();
  private static final String ROOMY = "limit_mib: 512";

  @TempDir Path folder;

  private final int port = FreePort.find();

  /** Logs to the file, metrics nowhere; {@code grpc} are further lines of the receiver. */
  private RealCollector start(String memory, String... grpc) throws IOException {
    StringBuilder receiver = new StringBuilder();
    for (String line : grpc) {
      receiver.append("        ").append(line).append('\n');
    }
    String configuration =
        """
        receivers:
          otlp:
            protocols:
              grpc:
                endpoint: 127.0.0.1:%d
        %sprocessors:
          memory_limiter:
            check_interval: 100ms
            %s
        exporters:
          file:
            path: ${env:COLLECTOR_FILE}
            append: true
            flush_interval: 100ms
        service:
          telemetry:
            metrics:
              level: none
          pipelines:
            logs:
              receivers: [otlp]
              processors: [memory_limiter]
              exporters: [file]
        """
            .formatted(port, receiver, memory);
    return RealCollector.start(
        file(), Files.writeString(folder.resolve("collector.yaml"), configuration));
  }

  private Path file() {
    return folder.resolve("collector.jsonl");
  }

  private ExportToCollector export(int requestBytes, Map<String, String> otel) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(64 << 20, requestBytes, Duration.ofHours(1));
    return new ExportToCollector("http://127.0.0.1:" + port, bounds, otel);
  }

  private Map<String, List<OtlpLines.Sent>> written() throws IOException {
    return new OtlpLines(Files.readAllLines(file())).logsByConnection();
  }

  private void requireEachOnce() throws IOException {
    assertThat(written()).hasSize(RECORDS);
    assertThat(written().values()).allSatisfy(records -> assertThat(records).hasSize(1));
  }

  private static void requireAllExported(ExportToCollector to) throws InterruptedException {
    to.finish(FINISH_MS);
    to.requireSumsToClose();
    assertThat(to.counts().exported()).as(to.said()).isEqualTo(RECORDS);
  }

  @Test
  void whatItsMemoryLimiterRefusesArrivesLater() throws Exception {
    try (RealCollector full = start("limit_mib: 2");
        ExportToCollector to = export(1 << 20, Map.of())) {
      // It takes some until it has looked at its memory for the first time.
      to.await(
          "refused",
          () -> {
            to.add(1);
            return to.said().contains("data refused due to high memory usage");
          });
      to.add((int) (RECORDS - to.added()));
      assertThat(full.stop()).as(full.messages()).isZero();
      try (RealCollector roomy = start(ROOMY)) {
        requireAllExported(to);
        assertThat(roomy.stop()).as(roomy.messages()).isZero();
      }
    }
    requireEachOnce();
  }

  @Test
  void whatIsAboveItsLimitOf4MibArrivesInParts() throws Exception {
    try (RealCollector collector = start(ROOMY)) {
      try (ExportToCollector to = export(8 << 20, Map.of())) {
        to.add(RECORDS);
        requireAllExported(to);
        assertThat(to.said()).contains("set a smaller request size");
      }
      assertThat(collector.stop()).as(collector.messages()).isZero();
    }
    requireEachOnce();
  }

  @Test
  void theLimitHoldsForGzipAfterDecompression() throws Exception {
    try (RealCollector collector = start(ROOMY, "max_recv_msg_size_mib: 1")) {
      try (ExportToCollector to =
          export(4 << 20, Map.of("otel.exporter.otlp.compression", "gzip"))) {
        to.add(RECORDS);
        requireAllExported(to);
        assertThat(to.said()).contains("set a smaller request size");
      }
      assertThat(collector.stop()).as(collector.messages()).isZero();
    }
    requireEachOnce();
  }

  @Test
  void bothEndsShowTheirCertificates() throws Exception {
    TestKey server = TestKey.create(folder, "server");
    TestKey client = TestKey.create(folder, "client");
    try (RealCollector collector =
        start(
            ROOMY,
            "tls:",
            "  cert_file: " + server.certificate(),
            "  key_file: " + server.privateKey(),
            "  client_ca_file: " + client.authority())) {
      Map<String, String> otel = new HashMap<>();
      otel.put("otel.exporter.otlp.endpoint", "https://127.0.0.1:" + port);
      otel.put("otel.exporter.otlp.certificate", server.authority().toString());
      try (ExportToCollector to = export(1 << 20, otel)) {
        to.add(10);
        to.send();
        to.await("refused", () -> to.said().contains("UNAVAILABLE"));
        assertThat(to.counts().exported()).isZero();
        to.finish(100);
      }
      otel.put("otel.exporter.otlp.client.certificate", client.certificate().toString());
      otel.put("otel.exporter.otlp.client.key", client.privateKey().toString());
      try (ExportToCollector to = export(1 << 20, otel)) {
        to.add(RECORDS);
        requireAllExported(to);
      }
      assertThat(collector.stop()).as(collector.messages()).isZero();
    }
    requireEachOnce();
  }

  @Test
  void aSignalWithoutAPipelineIsSaidOnceAndTheOtherGoesOn() throws Exception {
    try (RealCollector collector = start(ROOMY);
        ExportToCollector to = export(1 << 20, Map.of())) {
      to.export.meterProvider().get("test").counterBuilder("count").build().add(1);
      assertThat(to.export.metrics().exportLast(10_000)).isFalse();
      assertThat(to.export.metrics().exportLast(10_000)).isFalse();
      assertThat(to.export.metrics().points().failed()).isEqualTo(Map.of("UNIMPLEMENTED", 2L));
      to.add(RECORDS);
      requireAllExported(to);
      assertThat(to.said()).contains("does not take metrics").hasLineCount(1);
      assertThat(collector.stop()).as(collector.messages()).isZero();
    }
    requireEachOnce();
  }
}
