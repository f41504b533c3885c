// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollectorSendersTest {
  @TempDir private Path folder;

  private static boolean isShared(Map<String, String> properties) {
    try (CollectorSenders senders = new CollectorSenders(new Messages(System.err))) {
      OtelSettings settings =
          OtelSettings.read(properties, Map.of(), "", EnumSet.allOf(Signal.class), senders);
      senders.setSettings(settings);
      OtlpExporters.logs(settings.properties());
      OtlpExporters.metrics(settings.properties());
      return senders.sender(Signal.LOGS).channel() == senders.sender(Signal.METRICS).channel();
    }
  }

  private String certificate() throws IOException, InterruptedException {
    Path store = folder.resolve("store");
    Path certificate = folder.resolve("certificate.pem");
    keytool(
        "-genkeypair -alias c -keyalg EC -dname CN=localhost -storepass secret -keystore " + store);
    keytool(
        "-exportcert -rfc -alias c -storepass secret -keystore " + store + " -file " + certificate);
    return certificate.toString();
  }

  private static void keytool(String arguments) throws IOException, InterruptedException {
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process process =
        new ProcessBuilder((keytool + " " + arguments).split(" ")).inheritIO().start();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void signalsToOneEndpointShareAChannel() {
    assertThat(isShared(Map.of("otel.exporter.otlp.endpoint", "http://localhost:1"))).isTrue();
  }

  @Test
  void signalsWithTheSameCertificateShareAChannel() throws Exception {
    Map<String, String> properties = new HashMap<>();
    properties.put("otel.exporter.otlp.endpoint", "https://localhost:1");
    properties.put("otel.exporter.otlp.certificate", certificate());
    assertThat(isShared(properties)).isTrue();
  }

  @Test
  void signalsWithOtherTrustOrEndpointHaveChannelsOfTheirOwn() throws Exception {
    Map<String, String> properties = new HashMap<>();
    properties.put("otel.exporter.otlp.endpoint", "https://localhost:1");
    properties.put("otel.exporter.otlp.metrics.certificate", certificate());
    assertThat(isShared(properties)).isFalse();
    properties.remove("otel.exporter.otlp.metrics.certificate");
    properties.put("otel.exporter.otlp.metrics.endpoint", "https://localhost:2");
    assertThat(isShared(properties)).isFalse();
  }

  @Test
  void theSdksDefaultSenderIsNotOnTheClassPath() {
    assertThat(getClass().getClassLoader().getResource("okhttp3/OkHttpClient.class")).isNull();
  }
}
