// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the sink listens; wrong use is in {@link WrongUseTest}. */
@Timeout(Await.TEST_SECONDS)
class SinkCommandTest {
  @Test
  void anAddressInUseIsAFailure() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      String address = "127.0.0.1:" + other.getLocalPort();
      assertThat(InProcess.run(Map.of(), "sink", "--listen", address))
          .isEqualTo(
              new InProcess(
                  1,
                  "tcpotel: --listen '"
                      + address
                      + "': cannot listen there: Address already in use\n"
                      + "  stop the process that uses the port, or choose another address of this"
                      + " machine (port 0: any free)\n"));
    }
  }

  @Test
  void aHostThatDoesNotResolveIsAFailure() {
    InProcess ended = InProcess.run(Map.of(), "sink", "--listen", "no-such-host.invalid:0");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.messages())
        .startsWith(
            "tcpotel: --listen 'no-such-host.invalid:0':"
                + " the host no-such-host.invalid cannot be resolved\n  write an address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "[::1]"})
  void itSaysWhereItListensAndEndsWithTheTotals(String host) {
    InProcess ended = InProcess.run(Map.of("TCPOTEL_FOR", "0ms"), "sink", "--listen", host + ":0");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.messages())
        .matches(
            Pattern.quote("tcpotel sink: listening on " + host)
                + ":[1-9]\\d+\n"
                + "tcpotel sink: 0 log records, 0 data points, 0 spans in 0 requests, 0 bytes\n");
  }
}
