// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What doctor says of a collector, in every state that one can be in. */
class DoctorCollectorTest {
  @TempDir private static Path folder;
  private static Path key;
  private static String certificate;

  @BeforeAll
  static void makeKey() {
    key = CollectorServer.newKey(folder, "collector", "-ext", "san=ip:127.0.0.1");
    certificate = CollectorServer.certificate(key).toString();
  }

  /** Each finding as a line, without the ports and what is the same for all. */
  private static List<String> examine(String endpoint, String... more) {
    Map<String, String> otel = new HashMap<>(Map.of("otel.exporter.otlp.endpoint", endpoint));
    for (int i = 0; i < more.length; i += 2) {
      otel.put("otel.exporter.otlp." + more[i], more[i + 1]);
    }
    List<String> lines = new ArrayList<>();
    for (Finding finding : CollectorCheck.findings(otel, Map.of())) {
      assertThat(finding.area()).isEqualTo(Finding.Area.COLLECTOR);
      String remedy = finding.remedy() == null ? "" : " -> " + finding.remedy();
      String line = finding.state() + " " + finding.name() + ": " + finding.found() + remedy;
      lines.add(
          line.replaceAll(":\\d{4,5}\\b(?!/)", ":#").replaceAll("\\d{4}-\\d\\d-\\d\\d", "DATE"));
    }
    assertThat(lines).last().isEqualTo("SKIPPED traces: tcpotel sends none yet");
    return lines.subList(0, lines.size() - 1);
  }

  @Test
  void aCollectorWithoutMetricsIsWarnedAbout() throws IOException {
    try (CollectorServer collector = CollectorServer.withoutMetrics()) {
      assertThat(examine("http://127.0.0.1:" + collector.port()))
          .containsExactly(
              "OK endpoint: http://127.0.0.1:#",
              "OK address: 127.0.0.1",
              "OK TCP: connected to 127.0.0.1:#",
              "SKIPPED TLS: plain text, as the endpoint says",
              "OK logs: an empty request was accepted",
              "WARNING metrics: not taken: these would be dropped -> give the collector a pipeline"
                  + " for metrics with the otlp receiver");
    }
  }

  @Test
  void nobodyListening() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    assertThat(examine("http://127.0.0.1:" + port))
        .containsExactly(
            "OK endpoint: http://127.0.0.1:#",
            "OK address: 127.0.0.1",
            "FAILED TCP: 127.0.0.1:#: Connection refused -> start the collector, or name its"
                + " address with --endpoint http://HOST:# or OTEL_EXPORTER_OTLP_ENDPOINT",
            "SKIPPED logs: the collector was not reached",
            "SKIPPED metrics: the collector was not reached");
  }

  @Test
  void aNameThatDoesNotResolve() {
    assertThat(examine("http://collector.invalid"))
        .contains(
            "FAILED address: the host collector.invalid cannot be resolved -> correct the name in"
                + " --endpoint or OTEL_EXPORTER_OTLP_ENDPOINT, or the resolver");
  }

  @Test
  void aHeaderThatTheServerCitesIsNotShown() throws IOException {
    try (CollectorServer collector = CollectorServer.citing()) {
      List<String> lines =
          examine(
              "http://127.0.0.1:" + collector.port(),
              "headers",
              "authorization=Bearer%20opensesame-77");
      assertThat(lines).noneMatch(line -> line.contains("sesame"));
      assertThat(lines)
          .contains(
              "FAILED logs: UNAUTHENTICATED (refused: '***', token ***) -> give what it asks for in"
                  + " OTEL_EXPORTER_OTLP_HEADERS=NAME=VALUE");
    }
  }

  @Test
  void malformedHeadersAreNotShown() {
    assertThat(CollectorCheck.findings(Map.of("otel.exporter.otlp.headers", "sesame"), Map.of()))
        .singleElement()
        .isEqualTo(
            Finding.failed(
                Finding.Area.COLLECTOR,
                "configuration",
                "OTEL_EXPORTER_OTLP_HEADERS: malformed",
                "write NAME=VALUE,NAME=VALUE, percent-encoded"));
  }

  @Test
  void aCollectorThatHangsCostsFiveSeconds() throws IOException {
    try (CollectorServer collector = CollectorServer.hangingForMetrics()) {
      assertThat(examine("http://127.0.0.1:" + collector.port()))
          .endsWith(
              "OK logs: an empty request was accepted",
              "FAILED metrics: no answer within 5 s -> see what holds the collector up: its log,"
                  + " its own exporters");
    }
  }

  @Test
  void aTrustedCertificate() throws IOException, GeneralSecurityException {
    try (CollectorServer collector = CollectorServer.withTls(key)) {
      assertThat(examine("https://127.0.0.1:" + collector.port(), "certificate", certificate))
          .containsExactly(
              "OK endpoint: https://127.0.0.1:#",
              "OK address: 127.0.0.1",
              "OK TCP: connected to 127.0.0.1:#",
              "OK TLS: TLSv1.3, CN=collector, until DATE",
              "OK logs: an empty request was accepted",
              "OK metrics: an empty request was accepted");
    }
  }

  @Test
  void aCertificateThatEndsSoonAndAnotherAuthority() throws IOException, GeneralSecurityException {
    Path brief =
        CollectorServer.newKey(folder, "brief", "-ext", "san=ip:127.0.0.1", "-validity", "3");
    String itself = CollectorServer.certificate(brief).toString();
    try (CollectorServer collector = CollectorServer.withTls(brief)) {
      String endpoint = "https://127.0.0.1:" + collector.port();
      assertThat(examine(endpoint, "certificate", itself))
          .contains(
              "WARNING TLS: TLSv1.3, CN=brief, until DATE: soon -> renew the collector's"
                  + " certificate");
      assertThat(examine(endpoint, "certificate", certificate))
          .containsExactly(
              "OK endpoint: https://127.0.0.1:#",
              "OK address: 127.0.0.1",
              "OK TCP: connected to 127.0.0.1:#",
              "FAILED TLS: CN=brief, signed by CN=brief, until DATE: signed by no authority that is"
                  + " trusted here -> name the PEM file of its authority in"
                  + " OTEL_EXPORTER_OTLP_CERTIFICATE",
              "SKIPPED logs: the collector was not reached",
              "SKIPPED metrics: the collector was not reached");
    }
  }

  @Test
  void aCertificateForAnotherName() throws IOException, GeneralSecurityException {
    try (CollectorServer collector = CollectorServer.withTls(key)) {
      assertThat(examine("https://localhost:" + collector.port(), "certificate", certificate))
          .contains(
              "FAILED TLS: CN=collector, signed by CN=collector, until DATE: not for localhost ->"
                  + " write a name of the certificate into the endpoint, or have localhost added to"
                  + " it");
    }
  }

  @Test
  void aCertificateFileThatIsNoCertificate() throws IOException {
    Path file = java.nio.file.Files.writeString(folder.resolve("no.pem"), "no certificate");
    assertThat(
            CollectorCheck.findings(
                Map.of(
                    "otel.exporter.otlp.endpoint",
                    "https://127.0.0.1:9",
                    "otel.exporter.otlp.certificate",
                    file.toString()),
                Map.of()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.state()).isEqualTo(Finding.State.FAILED);
              assertThat(finding.found()).startsWith("OTEL_EXPORTER_OTLP_CERTIFICATE: ");
              assertThat(finding.remedy()).isEqualTo("name a readable PEM file");
            });
  }

  @Test
  void plainTextAndTlsMixedUp() throws IOException, GeneralSecurityException {
    try (CollectorServer withTls = CollectorServer.withTls(key);
        CollectorServer plain = CollectorServer.withoutMetrics()) {
      assertThat(examine("https://127.0.0.1:" + plain.port()))
          .contains(
              "FAILED TLS: the port does not speak TLS -> write http:// if the collector takes plain"
                  + " text there, or name its port for TLS");
      assertThat(examine("http://127.0.0.1:" + withTls.port()))
          .filteredOn(line -> line.startsWith("FAILED"))
          .hasSize(2)
          .allMatch(line -> line.contains("UNAVAILABLE"))
          .allMatch(line -> line.endsWith("if it is one for TLS, write https://"));
    }
  }

  @Test
  void aSignalSwitchedOffIsNotAsked() throws IOException {
    try (CollectorServer collector = CollectorServer.withoutMetrics()) {
      Map<String, String> otel =
          Map.of("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + collector.port());
      assertThat(CollectorCheck.findings(otel, Map.of("otel.metrics.exporter", "none")))
          .contains(
              Finding.skipped(
                  Finding.Area.COLLECTOR, "metrics", "switched off by OTEL_METRICS_EXPORTER=none"));
    }
  }
}
