// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.Status;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The sink as a process, with its own stdout, stderr and signals. */
@Timeout(Await.TEST_SECONDS)
class SinkProcessTest {
  private static final String NOTHING =
      "tcpotel sink: 0 log records, 0 data points, 0 spans in 0 requests, 0 bytes";

  private Process process;
  private BufferedReader stderr;

  @AfterEach
  void kill() {
    process.destroyForcibly();
  }

  @Test
  void withoutAReaderOfStdoutItEndsAsAFailure() throws Exception {
    try (OtlpSender sender = OtlpSender.to(start())) {
      process.getInputStream().close();
      Throwable refused =
          catchThrowable(() -> sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord())));
      assertThat(Status.fromThrowable(refused).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(exitCode()).isEqualTo(1);
      assertThat(stderr.lines())
          .startsWith(NOTHING, "tcpotel: stdout: cannot be written: Broken pipe");
    }
  }

  @Test
  void aReaderOfStdoutThatStallsKeepsItNeitherFromRefusingNorFromEnding() throws Exception {
    try (OtlpSender sender = OtlpSender.to(start())) {
      LogRecord large =
          LogRecord.newBuilder().setBody(OtlpFixtures.text("x".repeat(1 << 20))).build();
      Throwable refused = catchThrowable(() -> sender.within(500).send(OtlpFixtures.logs(large)));
      process.toHandle().destroy(); // not its streams, which Process.destroy closes
      assertThat(Status.fromThrowable(refused).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      assertThat(exitCode()).isZero();
      assertThat(stderr.lines()).containsExactly(NOTHING);
    }
  }

  /** Starts it, waits until it listens, and returns the port. */
  private int start() throws IOException {
    List<String> command =
        Program.commandLine("sink", "--listen", "127.0.0.1:0", "--output", "json");
    process = new ProcessBuilder(command).start();
    stderr = process.errorReader();
    String line = stderr.readLine();
    assertThat(line).startsWith("tcpotel sink: listening on 127.0.0.1:");
    return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
  }

  private int exitCode() throws InterruptedException {
    assertThat(process.waitFor(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }
}
