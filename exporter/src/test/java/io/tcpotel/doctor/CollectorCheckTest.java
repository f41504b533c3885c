// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The findings about a collector in each of its states. */
class CollectorCheckTest {
  private static final String REACHED =
      """
      OK endpoint: http://127.0.0.1:#
      OK address: 127.0.0.1
      OK TCP: connected to 127.0.0.1:#
      SKIPPED TLS: plain text, by the endpoint's scheme
      """;
  private static final String NOT_REACHED =
      """
      SKIPPED logs: the collector was not reached
      SKIPPED metrics: the collector was not reached
      """;
  private static final String ACCEPTED =
      """
      OK logs: an empty request was accepted
      OK metrics: an empty request was accepted
      """;
  private static final String TRACES = "SKIPPED traces: tcpotel does not send traces\n";

  @TempDir private Path folder;

  /** Each finding as a line, except that about traces, without ports and dates. */
  private static String examine(String endpoint, String... more) {
    Map<String, String> otel = new HashMap<>(Map.of("otel.exporter.otlp.endpoint", endpoint));
    for (int i = 0; i < more.length; i += 2) {
      otel.put("otel." + more[i], more[i + 1]);
    }
    List<String> lines = new ArrayList<>();
    for (Finding finding : CollectorCheck.findings(otel, Map.of(), "--where")) {
      assertThat(finding.area()).isEqualTo(Finding.Area.COLLECTOR);
      String remedy = finding.remedy() == null ? "" : " -> " + finding.remedy();
      String line = finding.state() + " " + finding.name() + ": " + finding.found() + remedy;
      String clean = line.replaceAll(":\\d{4,5}\\b(?!/)", ":#");
      lines.add(clean.replaceAll("\\d{4}-\\d\\d-\\d\\d", "DATE") + "\n");
    }
    return String.join("", lines).replace(TRACES, "");
  }

  private static String examine(ScriptedCollector collector, Path authority) {
    return examine(https(collector), "exporter.otlp.certificate", authority.toString());
  }

  private static ScriptedCollector withTls(TestKey key) {
    return ScriptedCollector.start(builder -> builder.sslContext(key.server()));
  }

  private static String https(ScriptedCollector collector) {
    return collector.endpoint().replace("http:", "https:");
  }

  @Test
  void eachSignalIsAskedUnlessSwitchedOff() {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      assertThat(examine(collector.endpoint())).isEqualTo(REACHED + ACCEPTED);
      assertThat(examine(collector.endpoint(), "metrics.exporter", "none"))
          .endsWith("SKIPPED metrics: switched off by OTEL_METRICS_EXPORTER=none\n");
      assertThat(collector.logRequests()).isEqualTo(2);
      assertThat(collector.metricRequests()).isEqualTo(1);
    }
  }

  @Test
  void aSignalThatIsNotAcceptedIsAWarningAndBothAreAFailure() {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      Answer unimplemented = Answer.status(Status.Code.UNIMPLEMENTED);
      collector.answerMetrics(unimplemented);
      assertThat(examine(collector.endpoint()))
          .endsWith(
              "OK logs: an empty request was accepted\n"
                  + "WARNING metrics: not accepted: they would be dropped -> give the collector a"
                  + " pipeline for metrics with the otlp receiver\n");
      collector.answerLogs(unimplemented);
      collector.answerMetrics(unimplemented);
      assertThat(examine(collector.endpoint()))
          .contains("FAILED logs: not accepted, nor is any other signal -> give the collector a")
          .endsWith("pipeline for metrics with the otlp receiver, or name its port\n");
    }
  }

  @Test
  void aCollectorThatHangsCostsFiveSeconds() {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      collector.answerMetrics(Answer.silence());
      assertThat(examine(collector.endpoint()))
          .endsWith(
              "FAILED metrics: no answer within 5 s -> find out what delays the collector: its log,"
                  + " its own exporters\n");
    }
  }

  @Test
  void nobodyListensOrTheNameDoesNotResolve() {
    try (ScriptedCollector collector = ScriptedCollector.absent()) {
      assertThat(examine(collector.endpoint()))
          .isEqualTo(
              "OK endpoint: http://127.0.0.1:#\n"
                  + "OK address: 127.0.0.1\n"
                  + "FAILED TCP: 127.0.0.1:#: Connection refused -> start the collector, or name its"
                  + " address with --where http://HOST:# or OTEL_EXPORTER_OTLP_ENDPOINT\n"
                  + NOT_REACHED);
    }
    assertThat(examine("http://collector.invalid:4317"))
        .endsWith(
            "FAILED address: the host collector.invalid cannot be resolved -> correct the name in"
                + " --where or OTEL_EXPORTER_OTLP_ENDPOINT, or the resolver\n"
                + NOT_REACHED);
  }

  @Test
  void headersAreNotShown() {
    String header = "authorization=Bearer%20opensesame-77";
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      collector.answerLogs(
          Answer.failing(
              Status.UNAUTHENTICATED
                  .withDescription("refused: 'Bearer opensesame-77', token opensesame-77")
                  .asRuntimeException()));
      assertThat(examine(collector.endpoint(), "exporter.otlp.headers", header))
          .contains(
              "FAILED logs: UNAUTHENTICATED (refused: '***', token ***) -> set the header that it"
                  + " requires: OTEL_EXPORTER_OTLP_HEADERS=NAME=VALUE\n");
    }
    assertThat(examine("http://127.0.0.1:9", "exporter.otlp.headers", "sesame"))
        .isEqualTo(
            "FAILED configuration: OTEL_EXPORTER_OTLP_HEADERS: malformed ->"
                + " write NAME=VALUE,NAME=VALUE, percent-encoded\n");
  }

  @Test
  void certificatesThatAreTrustedForAWhile() {
    TestKey lasting = TestKey.lasting(folder, "lasting", "EC");
    try (ScriptedCollector collector = withTls(lasting)) {
      assertThat(examine(collector, lasting.authority()))
          .endsWith("OK TLS: TLSv1.3, CN=lasting, until DATE\n" + ACCEPTED);
    }
    TestKey brief = TestKey.create(folder, "brief");
    try (ScriptedCollector collector = withTls(brief)) {
      assertThat(examine(collector, brief.authority()))
          .endsWith(
              "WARNING TLS: TLSv1.3, CN=brief, until DATE: expires soon -> renew the collector's"
                  + " certificate\n"
                  + ACCEPTED);
    }
  }

  @Test
  void certificatesThatAreRefused() throws IOException {
    TestKey key = TestKey.create(folder, "collector");
    TestKey expired = TestKey.expired(folder, "expired");
    String presented =
        "FAILED TLS: CN=collector, signed by CN=authority of collector, until DATE: ";
    try (ScriptedCollector collector = withTls(key)) {
      assertThat(examine(collector, expired.authority()))
          .endsWith(
              presented
                  + "not signed by a trusted authority -> name the PEM file of its authority in"
                  + " OTEL_EXPORTER_OTLP_CERTIFICATE\n"
                  + NOT_REACHED);
      String named = https(collector).replace("127.0.0.1", "localhost");
      assertThat(examine(named, "exporter.otlp.certificate", key.authority().toString()))
          .endsWith(
              presented
                  + "not for localhost -> use a host name of the certificate in the endpoint, or"
                  + " have localhost added to it\n"
                  + NOT_REACHED);
    }
    try (ScriptedCollector collector = withTls(expired)) {
      assertThat(examine(collector, expired.authority()))
          .contains("until DATE: expired -> renew the collector's certificate\n");
    }
    Path none = Files.writeString(folder.resolve("no.pem"), "no certificate");
    assertThat(examine("https://127.0.0.1:9", "exporter.otlp.certificate", none.toString()))
        .startsWith("FAILED configuration: OTEL_EXPORTER_OTLP_CERTIFICATE: ")
        .endsWith("-> name a readable PEM file\n");
  }

  @Test
  void plainTextAndTlsMixedUp() {
    try (ScriptedCollector plain = ScriptedCollector.start();
        ScriptedCollector withTls = withTls(TestKey.create(folder, "collector"))) {
      assertThat(examine(https(plain)))
          .contains(
              "FAILED TLS: the port does not speak TLS -> write http:// if this port is for plain"
                  + " text, or name the TLS port\n");
      assertThat(examine(withTls.endpoint()).lines().filter(line -> line.startsWith("FAILED")))
          .hasSize(2)
          .allMatch(line -> line.contains("UNAVAILABLE"))
          .allMatch(line -> line.endsWith("if it is a TLS port, write https://"));
    }
  }
}
