// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.Status;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sink as a process, with its own stdout, stderr and signals. */
@Timeout(60)
class SinkProcessTest {
  private static final String TOTALS =
      "tcpotel sink: 1 log records, 0 data points, 0 spans in 1 requests, ";

  private Process process;
  private BufferedReader stderr;

  @AfterEach
  void kill() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Test
  void stdoutHasTheDataAndStderrTheTotalsAfterSigterm() throws Exception {
    try (OtlpSender sender = OtlpSender.to(start("--output", "json"))) {
      sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord()));
      assertThat(process.inputReader().readLine()).startsWith("{\"resourceLogs\":[{");
      terminate();

      assertThat(exitCode()).isZero();
      assertThat(process.inputReader().lines()).isEmpty();
      assertThat(stderr.lines())
          .satisfiesExactly(line -> assertThat(line).startsWith(TOTALS).endsWith(" bytes"));
    }
  }

  @Test
  void withoutAReaderOfStdoutItEndsAsAFailure() throws Exception {
    try (OtlpSender sender = OtlpSender.to(start("--output", "json"))) {
      process.getInputStream().close();
      Throwable refused =
          catchThrowable(() -> sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord())));

      assertThat(Status.fromThrowable(refused).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(exitCode()).isEqualTo(1);
      assertThat(stderr.lines())
          .containsExactly(
              "tcpotel sink: 0 log records, 0 data points, 0 spans in 0 requests, 0 bytes",
              "tcpotel: stdout: cannot be written: Broken pipe",
              "  keep its reader running, or redirect it to a file on a disk with free space");
    }
  }

  @Test
  void aReaderOfStdoutThatStallsKeepsItNeitherFromRefusingNorFromEnding() throws Exception {
    try (OtlpSender sender = OtlpSender.to(start("--output", "json"))) {
      LogRecord large =
          LogRecord.newBuilder().setBody(OtlpFixtures.text("x".repeat(1 << 20))).build();
      Throwable refused = catchThrowable(() -> sender.within(500).send(OtlpFixtures.logs(large)));
      terminate();

      assertThat(Status.fromThrowable(refused).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(exitCode()).isZero();
      assertThat(stderr.lines())
          .containsExactly(
              "tcpotel sink: 0 log records, 0 data points, 0 spans in 0 requests, 0 bytes");
    }
  }

  /** Starts it, waits until it listens, and returns the port. */
  private int start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "--enable-native-access=ALL-UNNAMED"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of("io.tcpotel.cli.Main", "sink", "--listen", "127.0.0.1:0"));
    command.addAll(List.of(options));
    process = new ProcessBuilder(command).start();
    stderr = process.errorReader();
    String line = stderr.readLine();
    assertThat(line).startsWith("tcpotel sink: listening on 127.0.0.1:");
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  // Not Process.destroy, which also closes what the test still wants to read.
  private void terminate() {
    process.toHandle().destroy();
  }

  private int exitCode() throws InterruptedException {
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
