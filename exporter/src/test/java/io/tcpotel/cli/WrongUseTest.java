// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wrong command lines: every error with its remedy, nothing else, and exit code 2. */
@Timeout(Await.TEST_SECONDS)
class WrongUseTest {
  @TempDir private Path folder;
  private String file;

  @BeforeEach
  void writeFile() throws IOException {
    Path path = folder.resolve("tcpotel.properties");
    file = Files.writeString(path, "ring-sise=1MiB\nqueue=1\notel.x=1\n").toString();
  }

  /** Of wrong-use.txt: the command line, and what it prints. */
  static Stream<String> transcripts() throws IOException {
    try (InputStream in = WrongUseTest.class.getResourceAsStream("wrong-use.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Arrays.stream(text.split("(?m)^\\$ ")).skip(1);
    }
  }

  @ParameterizedTest
  @MethodSource("transcripts")
  void isExplainedAndExitsWith2(String transcript) throws IOException {
    if (transcript.contains("'spans'")) {
      Files.writeString(Path.of(file), "signals=spans\nring-sise=1MiB\nqueue=1\n");
    }
    int end = transcript.indexOf('\n');
    Map<String, String> environment = new HashMap<>();
    String[] arguments =
        Arrays.stream(transcript.substring(0, end).replace("FILE", file).split(" "))
            .filter(word -> !word.isEmpty())
            .filter(word -> !word.startsWith("TCPOTEL_") || !keep(environment, word))
            .toArray(String[]::new);
    InProcess ended = InProcess.run(environment, arguments);
    assertThat(ended.messages().replace(file, "FILE")).isEqualTo(transcript.substring(end + 1));
    assertThat(ended.exitCode()).isEqualTo(2);
  }

  private static boolean keep(Map<String, String> environment, String assignment) {
    String[] parts = assignment.split("=", 2);
    environment.put(parts[0], parts[1]);
    return true;
  }

  @ParameterizedTest
  @ValueSource(strings = {"4317", "localhost", ":4317", "::1:4317", "[::1]", "[::1:4317", "a b:1"})
  void aListenAddressNeedsHostAndPort(String address) {
    InProcess ended = InProcess.run(Map.of(), "sink", "--listen", address);
    assertThat(ended.messages())
        .startsWith("tcpotel: --listen '" + address + "': not an address and a port\n  write HOST");
    assertThat(ended.exitCode()).isEqualTo(2);
  }
}
