// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SinkCommandTest {
  private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
  private final PrintStream realStderr = System.err;

  @BeforeEach
  void captureStderr() {
    System.setErr(new PrintStream(stderr, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void releaseStderr() {
    System.setErr(realStderr);
  }

  @ParameterizedTest
  @ValueSource(strings = {"4317", "localhost", ":4317", "::1:4317", "[::1]", "[::1:4317", "a b:1"})
  void aListenAddressThatIsNoneIsWrongUse(String address) {
    int exitCode = Main.run("sink", "--listen", address);

    assertThat(exitCode).isEqualTo(2);
    assertThat(said())
        .isEqualTo(
            "tcpotel: --listen '"
                + address
                + "': not an address and a port\n"
                + "  write HOST:PORT, as 127.0.0.1:4317 or [::1]:4317\n");
  }

  @Test
  void aPortThatIsNoneIsWrongUse() {
    int exitCode = Main.run("sink", "--listen", "localhost:65536");

    assertThat(exitCode).isEqualTo(2);
    assertThat(said()).startsWith("tcpotel: --listen 'localhost:65536': a port is at most 65535\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "2GiB"})
  void aMessageSizeOutOfRangeIsWrongUse(String size) {
    int exitCode = Main.run("sink", "--max-message", size);

    assertThat(exitCode).isEqualTo(2);
    assertThat(said()).startsWith("tcpotel: --max-message ").contains("out of range\n  write ");
  }

  @Test
  void anAddressInUseIsAFailure() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String address = "127.0.0.1:" + other.getLocalPort();

      int exitCode = Main.run("sink", "--listen", address);

      assertThat(exitCode).isEqualTo(1);
      assertThat(said())
          .isEqualTo(
              "tcpotel: --listen '"
                  + address
                  + "': cannot listen there: Address already in use\n"
                  + "  stop what uses the port, or choose another address of this machine"
                  + " (port 0: any free)\n");
    }
  }

  @Test
  void aHostThatDoesNotResolveIsAFailure() {
    int exitCode = Main.run("sink", "--listen", "no-such-host.invalid:0");

    assertThat(exitCode).isEqualTo(1);
    assertThat(said())
        .startsWith(
            "tcpotel: --listen 'no-such-host.invalid:0':"
                + " the host no-such-host.invalid cannot be resolved\n");
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1:0,127.0.0.1", "localhost:0,localhost", "[::1]:0,[::1]"})
  void itSaysWhereItListensAndEndsWithTheTotals(String address, String host) {
    int exitCode = Main.run("sink", "--listen", address, "--for", "0ms");

    assertThat(exitCode).isZero();
    assertThat(said().lines())
        .satisfiesExactly(
            first -> assertThat(first).matches(sinkLine("listening on ", host) + ":[1-9]\\d+"),
            last ->
                assertThat(last)
                    .isEqualTo(
                        "tcpotel sink: 0 log records, 0 data points, 0 spans in 0 requests,"
                            + " 0 bytes"));
  }

  private static String sinkLine(String text, String host) {
    return "tcpotel sink: " + text + Pattern.quote(host);
  }

  private String said() {
    return stderr.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
