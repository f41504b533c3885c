// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tcpotel.otlp.CollectorAddress;
import io.tcpotel.otlp.CollectorTarget;
import io.tcpotel.otlp.TlsFiles;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The findings about a collector in each of its states: collector-check.txt. */
class CollectorCheckTest {
  @TempDir private Path folder;
  private final StringBuilder page = new StringBuilder();

  /** Adds each finding as a line, without ports, dates, and the words of Java and gRPC. */
  private void examine(String state, String endpoint, String... more) {
    Map<String, String> otel = new HashMap<>(Map.of("otel.exporter.otlp.endpoint", endpoint));
    for (int i = 0; i < more.length; i += 2) {
      otel.put("otel." + more[i], more[i + 1]);
    }
    page.append("\n# ").append(state).append('\n');
    for (Finding finding : CollectorCheck.findings(otel, Map.of(), "--where")) {
      assertThat(finding.area()).isEqualTo(Finding.Area.COLLECTOR);
      String line = finding.state() + " " + finding.name() + ": " + finding.found();
      page.append(
          line.replaceAll(":\\d{4,5}\\b(?!/)", ":#").replaceAll("\\d{4}-\\d\\d-\\d\\d", "DATE"));
      page.append(finding.remedy() == null ? "\n" : "\n  -> " + finding.remedy() + "\n");
    }
  }

  private void examine(String state, ScriptedCollector collector, Path authority) {
    examine(state, https(collector), "exporter.otlp.certificate", authority.toString());
  }

  private static ScriptedCollector withTls(TestKey key) {
    return ScriptedCollector.start(builder -> builder.sslContext(key.server()));
  }

  private static String https(ScriptedCollector collector) {
    return collector.endpoint().replace("http:", "https:");
  }

  @Test
  void eachStateHasItsFindings() throws IOException {
    examinePlainText();
    examineHeaders();
    examineTls();
    try (InputStream in = CollectorCheckTest.class.getResourceAsStream("collector-check.txt")) {
      String expected = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(
              page.toString()
                  .replaceAll("UNAVAILABLE \\(.*\\)", "UNAVAILABLE (...)")
                  .replaceAll("(_CERTIFICATE|OK address): .*", "$1: ..."))
          .isEqualTo(expected);
    }
  }

  private void examinePlainText() {
    Answer unimplemented = Answer.status(Status.Code.UNIMPLEMENTED);
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      examine("well", collector.endpoint());
      examine("metrics are switched off", collector.endpoint(), "metrics.exporter", "none");
      assertThat(collector.logRequests()).isEqualTo(2);
      assertThat(collector.metricRequests()).isEqualTo(1);
      examine("traces go elsewhere", collector.endpoint(), "traces.exporter", "zipkin");
      collector.answerMetrics(unimplemented);
      examine("metrics are not accepted", collector.endpoint());
      collector.answerLogs(unimplemented);
      collector.answerMetrics(unimplemented, Answer.silence());
      examine("neither signal is accepted", collector.endpoint());
      examine("metrics are not answered", collector.endpoint());
      examine("TLS to a port for plain text", https(collector));
    }
    try (ScriptedCollector collector = ScriptedCollector.absent()) {
      examine("nobody listens", collector.endpoint());
    }
    examine("the name does not resolve", "http://otel_collector.invalid:4317");
  }

  private void examineHeaders() {
    try (ScriptedCollector collector = ScriptedCollector.start()) {
      collector.answerLogs(
          Answer.failing(
              Status.UNAUTHENTICATED
                  .withDescription("refused: 'Bearer opensesame-77', token opensesame-77")
                  .asRuntimeException()));
      String header = "authorization=Bearer%20opensesame-77";
      examine("the header is wrong", collector.endpoint(), "exporter.otlp.headers", header);
    }
    examine("a header without a value", "http://127.0.0.1:9", "exporter.otlp.headers", "sesame");
    examine("an endpoint with a password", "http://user:sesame@collector:4317");
    assertThat(page.toString()).doesNotContain("sesame");
  }

  @Test
  void headersInPlainTextAreAWarning() {
    CollectorAddress far = CollectorAddress.parse("http://collector:4317");
    TlsFiles none = new TlsFiles(null, null, null);
    assertThat(CollectorCheck.plainText(new CollectorTarget(far, none, false)).state())
        .isEqualTo(Finding.State.SKIPPED);
    Finding finding = CollectorCheck.plainText(new CollectorTarget(far, none, true));
    assertThat(finding.state()).isEqualTo(Finding.State.WARNING);
    assertThat(finding.remedy()).isEqualTo("write https:// if they are secret");
  }

  private void examineTls() throws IOException {
    TestKey lasting = TestKey.lasting(folder, "lasting", "EC");
    TestKey brief = TestKey.create(folder, "brief");
    TestKey expired = TestKey.expired(folder, "expired");
    try (ScriptedCollector collector = withTls(lasting)) {
      examine("a certificate for long", collector, lasting.authority());
      examine("plain text to a port for TLS", collector.endpoint());
      examine("a certificate of another authority", collector, expired.authority());
    }
    try (ScriptedCollector collector = withTls(brief)) {
      examine("a certificate that expires soon", collector, brief.authority());
      String other = https(collector).replace("127.0.0.1", "localhost");
      String authority = brief.authority().toString();
      examine("a certificate of another host", other, "exporter.otlp.certificate", authority);
    }
    try (ScriptedCollector collector = withTls(expired)) {
      examine("a certificate that has expired", collector, expired.authority());
    }
    Path none = Files.writeString(folder.resolve("no.pem"), "no certificate");
    String file = none.toString();
    examine("no certificate", "https://127.0.0.1:9", "exporter.otlp.certificate", file);
  }
}
