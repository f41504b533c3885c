// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.testing.TestKey;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the standard variables say of one signal holds for that one, else what they say of all. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class SignalSettingsTest {
  private static final String PREFIX = "otel.exporter.otlp.";
  private static final RecordDelivery.Bounds BOUNDS =
      new RecordDelivery.Bounds(8 << 20, 1 << 20, Duration.ofHours(1));

  @TempDir Path folder;

  private static String header(Metadata headers, String name) {
    return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
  }

  private static void sendBoth(ExportToCollector to) throws InterruptedException {
    to.export.meterProvider().get("test").counterBuilder("count").build().add(1);
    assertThat(to.export.metrics().exportLast(10_000)).isTrue();
    to.add(1);
    to.finish(10_000);
    assertThat(to.counts().exported()).isEqualTo(1);
  }

  @Test
  void endpointHeadersAndCompressionPerSignal() throws Exception {
    try (ScriptedCollector logs = ScriptedCollector.start();
        ScriptedCollector metrics = ScriptedCollector.start()) {
      Map<String, String> otel = new HashMap<>();
      otel.put(PREFIX + "logs.endpoint", logs.endpoint());
      otel.put(PREFIX + "metrics.endpoint", metrics.endpoint());
      otel.put(PREFIX + "headers", "tenant=both");
      otel.put(PREFIX + "metrics.headers", "tenant=numbers");
      otel.put(PREFIX + "logs.compression", "gzip");
      try (ExportToCollector to = new ExportToCollector("http://127.0.0.1:1", BOUNDS, otel)) {
        sendBoth(to);
      }
      assertThat(logs.accepted()).hasSize(1);
      assertThat(metrics.metricPoints()).isEqualTo(1);
      assertThat(header(logs.headers().get(0), "tenant")).isEqualTo("both");
      assertThat(header(metrics.headers().get(0), "tenant")).isEqualTo("numbers");
      assertThat(header(logs.headers().get(0), "grpc-encoding")).isEqualTo("gzip");
      assertThat(header(metrics.headers().get(0), "grpc-encoding")).isNull();
    }
  }

  @Test
  void aHeaderArrivesAsItWasMeant() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      Map<String, String> otel = Map.of(PREFIX + "headers", "X-Key=a+b%2Bc%20d%25=,empty=");
      try (ExportToCollector to = new ExportToCollector(collector, BOUNDS, otel)) {
        sendBoth(to);
        assertThat(to.said()).doesNotContain("plain text");
      }
      for (Metadata headers : collector.headers()) {
        assertThat(header(headers, "x-key")).isEqualTo("a+b+c d%=");
        assertThat(header(headers, "empty")).isEmpty();
      }
    }
  }

  @Test
  void anAddressInAnyFormOfTheResolver() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      String endpoint = collector.endpoint().replace("127.0.0.1", "127.1");
      try (ExportToCollector to = new ExportToCollector(endpoint, BOUNDS, Map.of())) {
        sendBoth(to);
      }
    }
  }

  @Test
  void headersInPlainTextToAnotherHostAreWarnedOf() {
    Map<String, String> otel = Map.of(PREFIX + "headers", "tenant=1");
    try (ExportToCollector to = new ExportToCollector("http://192.0.2.1:7", BOUNDS, otel)) {
      assertThat(to.said())
          .isEqualTo(
              "tcpotel: headers go to http://192.0.2.1:7 in plain text: write https:// if they are"
                  + " secret\n");
    }
  }

  @Test
  void certificatesPerSignal() throws Exception {
    TestKey logsKey = TestKey.create(folder, "logs");
    TestKey metricsKey = TestKey.create(folder, "metrics");
    try (ScriptedCollector logs =
            ScriptedCollector.start(builder -> builder.sslContext(logsKey.server()));
        ScriptedCollector metrics =
            ScriptedCollector.start(builder -> builder.sslContext(metricsKey.server()))) {
      Map<String, String> otel = new HashMap<>();
      otel.put(PREFIX + "logs.endpoint", logs.endpoint().replace("http:", "https:"));
      otel.put(PREFIX + "metrics.endpoint", metrics.endpoint().replace("http:", "https:"));
      otel.put(PREFIX + "certificate", logsKey.authority().toString());
      otel.put(PREFIX + "metrics.certificate", metricsKey.authority().toString());
      try (ExportToCollector to = new ExportToCollector("", BOUNDS, otel)) {
        sendBoth(to);
      }
    }
  }

  @Test
  void timeoutPerSignal() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      collector.answerLogs(Answer.silence());
      Map<String, String> otel =
          Map.of(PREFIX + "timeout", "60000", PREFIX + "logs.timeout", "200");
      try (ExportToCollector to = new ExportToCollector(collector, BOUNDS, otel)) {
        to.add(3);
        to.send();
        to.await("tried again", () -> to.counts().exported() == 3);
        assertThat(List.of(to.said())).asString().contains("DEADLINE_EXCEEDED");
        to.finish(10_000);
      }
    }
  }
}
