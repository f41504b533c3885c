// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TextLinesTest {
  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final LineOutput out = new LineOutput(stdout, () -> {});
  private final TextLines plain = new TextLines(out, false);
  private final TextLines coloured = new TextLines(out, true);

  @Test
  void aLogRecordIsItsTimeItsSeverityUnlessInfoAndItsBody() {
    LogRecord ordinary =
        OtlpFixtures.logRecord().toBuilder()
            .setSeverityNumber(SeverityNumber.SEVERITY_NUMBER_INFO)
            .setBody(OtlpFixtures.text("tcp server"))
            .build();
    LogRecord observedOnly = ordinary.toBuilder().clearTimeUnixNano().clearBody().build();

    plain.onLogs(OtlpFixtures.logs(OtlpFixtures.logRecord(), ordinary, observedOnly));

    assertThat(written())
        .isEqualTo(
            """
            2023-11-14T22:13:20.001Z WARN tcp client <10.0.0.1:5000> -> 'café'
            2023-11-14T22:13:20.001Z tcp server
            2023-11-14T22:13:20.002Z tcpotel.connection.end
            """);
  }

  @Test
  void aDataPointIsItsNameItsAttributesInOrderItsValueAndItsUnit() {
    plain.onMetrics(
        OtlpFixtures.metrics(
            OtlpFixtures.sum(),
            OtlpFixtures.gauge(),
            OtlpFixtures.histogram(),
            OtlpFixtures.exponentialHistogram(),
            OtlpFixtures.summary()));

    assertThat(written())
        .isEqualTo(
            """
            tcpotel.io.bytes{server.port=443} 9007199254740993 By
            tcpotel.io.bytes{server.port=80} 0 By
            tcpotel.connection.active{b=1} 1.5
            tcpotel.rtt{a=first, z=last} count 7, sum 0.25 s, mean 0.0357143 s
            tcpotel.connection.duration{} count 3
            legacy{} count 4, sum 1E+20 ms, mean 2.5E+19 ms
            """);
  }

  @Test
  void aSpanIsItsNameItsDurationAndItsStatus() {
    Span slow =
        OtlpFixtures.span().toBuilder()
            .setEndTimeUnixNano(1_700_000_061_500_000_000L)
            .setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_OK))
            .build();

    plain.onTraces(
        OtlpFixtures.traces(
            OtlpFixtures.span(), slow, OtlpFixtures.span().toBuilder().clearStatus().build()));

    assertThat(written())
        .isEqualTo(
            """
            tcp connection 5432 12.345678 ms error: connection_refused
            tcp connection 5432 61.5 s ok
            tcp connection 5432 12.345678 ms unset
            """);
  }

  @Test
  void attributeValuesOfEveryKindStayOnOneLine() {
    LogRecord record =
        LogRecord.newBuilder()
            .setTimeUnixNano(1)
            .setBody(
                OtlpFixtures.nested(
                    1, OtlpFixtures.map(OtlpFixtures.logRecord().getAttributesList())))
            .build();

    plain.onLogs(OtlpFixtures.logs(record));

    assertThat(written())
        .isEqualTo(
            "1970-01-01T00:00:00.000Z {m={big=9223372036854775807, list=[one, -2], map={inner=3},"
                + " ratio=0.000812, raw=fbff, traceId=not-an-id, yes=true}}\n");
  }

  @Test
  void receivedTextCannotBreakTheLineOrCommandTheTerminal() {
    LogRecord record =
        LogRecord.newBuilder().setBody(OtlpFixtures.text("one\ntwo\033[2Jthree\u009b")).build();

    plain.onLogs(OtlpFixtures.logs(record));

    assertThat(written()).isEqualTo("1970-01-01T00:00:00.000Z one\\ntwo\\u001b[2Jthree\\u009b\n");
  }

  @Test
  void onATerminalASeverityIsSetOffByColour() {
    coloured.onLogs(OtlpFixtures.logs(OtlpFixtures.logRecord()));

    assertThat(written())
        .isEqualTo(
            "\033[2m2023-11-14T22:13:20.001Z\033[0m \033[33mWARN\033[0m"
                + " tcp client <10.0.0.1:5000> -> 'café'\n");
  }

  private String written() {
    return stdout.toString(StandardCharsets.UTF_8);
  }
}
