// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final JsonLines lines = new JsonLines(new LineOutput(stdout, () -> {}));

  @Test
  void eachRequestIsOneLineOfOtlpJson() throws IOException {
    lines.onLogs(OtlpFixtures.logs(OtlpFixtures.logRecord()));
    lines.onMetrics(OtlpFixtures.metrics(OtlpFixtures.sum(), OtlpFixtures.histogram()));
    lines.onTraces(OtlpFixtures.traces(OtlpFixtures.span()));

    try (InputStream expected = JsonLinesTest.class.getResourceAsStream("requests.jsonl")) {
      assertThat(written()).isEqualTo(new String(expected.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void theDeepestBodyThatParsesIsWritten() {
    LogRecord.Builder record = LogRecord.newBuilder();
    record.setBody(OtlpFixtures.nested(30, OtlpFixtures.text("core")));

    lines.onLogs(OtlpFixtures.logs(record.build()));

    assertThat(written()).contains("{\"stringValue\":\"core\"}").endsWith("}]}\n");
  }

  /** JSON itself escapes less than a terminal obeys. */
  @Test
  void aTerminalIsNotCommanded() {
    LogRecord.Builder record = LogRecord.newBuilder();
    record.setBody(OtlpFixtures.text("\033a\u009bb\u202e"));

    lines.onLogs(OtlpFixtures.logs(record.build()));

    assertThat(written()).contains("{\"stringValue\":\"\\u001ba\\u009bb\\u202e\"}");
  }

  @Test
  void anEmptyRequestGivesNoLine() {
    lines.onLogs(ExportLogsServiceRequest.getDefaultInstance());

    assertThat(written()).isEmpty();
  }

  private String written() {
    return stdout.toString(StandardCharsets.UTF_8);
  }
}
