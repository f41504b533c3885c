// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The end of a command that ran in this process. */
record InProcess(int exitCode, String messages) {
  static InProcess run(Map<String, String> environment, String... arguments) {
    ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    PrintStream realStderr = System.err;
    System.setErr(new PrintStream(stderr, true, StandardCharsets.UTF_8));
    try {
      int exitCode = Main.run(environment, arguments);
      return new InProcess(exitCode, stderr.toString(StandardCharsets.UTF_8));
    } finally {
      System.setErr(realStderr);
    }
  }
}
