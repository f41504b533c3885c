// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output that cannot be written, of the commands that print and end. */
class StdoutTest {
  private static Program start(String script, String argument) {
    List<String> line = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    line.addAll(Program.commandLine(argument.split(" ")));
    return Program.start(Map.of(), line);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "--help", "tail --help", "doctor --help"})
  void aFullDiskIsAnErrorAndAReaderWhoHasLeftIsNone(String argument) {
    try (Program full = start("exec \"$@\" >/dev/full", argument)) {
      assertThat(full.await()).isEqualTo(1);
      assertThat(full.messages())
          .isEqualTo(
              "tcpotel: stdout: cannot be written\n"
                  + "  keep its reader running, or redirect it to a file on a disk with free space\n");
    }
    try (Program left = start("\"$@\" | true; exit ${PIPESTATUS[0]}", argument)) {
      assertThat(left.await()).isZero();
      assertThat(left.messages()).isEmpty();
    }
  }
}
