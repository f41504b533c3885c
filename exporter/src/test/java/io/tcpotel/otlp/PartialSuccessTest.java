// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.tcpotel.ForeignText;
import io.tcpotel.Messages;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Responses as they are read, against the messages that are generated for them. */
class PartialSuccessTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();

  private long rejected(byte[] response, long sent) {
    said.reset();
    Messages messages = new Messages(new PrintStream(said, true, StandardCharsets.UTF_8));
    return PartialSuccess.rejected(response, sent, "things", messages);
  }

  private String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  @Property
  void logsAreReadAsTheGeneratedMessageHasThem(@ForAll long rejected, @ForAll String words)
      throws Exception {
    byte[] response =
        ExportLogsServiceResponse.newBuilder()
            .setPartialSuccess(
                ExportLogsPartialSuccess.newBuilder()
                    .setRejectedLogRecords(rejected)
                    .setErrorMessage(words))
            .build()
            .toByteArray();
    // As parsed: what is no text in UTF-8 does not come back.
    String parsed =
        ExportLogsServiceResponse.parseFrom(response).getPartialSuccess().getErrorMessage();
    assertThat(rejected(response, 1000)).isEqualTo(Math.clamp(rejected, 0, 1000));
    if (rejected > 0 || !parsed.isEmpty()) {
      assertThat(said())
          .isEqualTo(
              "tcpotel: collector rejected "
                  + rejected
                  + " things: "
                  + ForeignText.of(parsed)
                  + "\n");
    } else {
      assertThat(said()).isEmpty();
    }
  }

  @Test
  void metricsHaveTheSameFields() {
    byte[] response =
        ExportMetricsServiceResponse.newBuilder()
            .setPartialSuccess(
                ExportMetricsPartialSuccess.newBuilder()
                    .setRejectedDataPoints(7)
                    .setErrorMessage("too old"))
            .build()
            .toByteArray();
    assertThat(rejected(response, 9)).isEqualTo(7);
    assertThat(said()).isEqualTo("tcpotel: collector rejected 7 things: too old\n");
  }

  @Test
  void anEmptyOneSaysNothing() {
    assertThat(rejected(new byte[0], 9)).isZero();
    assertThat(rejected(new byte[] {0x0a, 0}, 9)).isZero();
    assertThat(said()).isEmpty();
  }

  @Property
  void anyBytesAreReadOrCalledUnreadable(@ForAll @Size(max = 40) byte[] response) {
    boolean isMessage;
    long expected = 0;
    try {
      expected =
          ExportLogsServiceResponse.parseFrom(response).getPartialSuccess().getRejectedLogRecords();
      isMessage = true;
    } catch (InvalidProtocolBufferException e) {
      isMessage = false;
    }
    assertThat(rejected(response, 50)).isEqualTo(isMessage ? Math.clamp(expected, 0, 50) : 0);
    assertThat(said().contains("unreadable")).isEqualTo(!isMessage);
  }
}
