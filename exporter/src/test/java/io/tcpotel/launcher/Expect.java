// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;

/** What a script has to end with: exit code, stderr and stdout, each to the letter. */
final class Expect {
  private Expect() {}

  static void end(Program program, int exitCode, String messages, String output) {
    try (program) {
      int code = program.await();
      assertThat(program.messages()).isEqualTo(messages);
      assertThat(program.output()).isEqualTo(output);
      assertThat(code).isEqualTo(exitCode);
    }
  }
}
