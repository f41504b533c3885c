// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.util.List;
import java.util.Map;

/**
 * Runs a command of the system to its end; its output is the result, or the reason why it failed.
 */
public final class TestCommand {
  private TestCommand() {}

  static String run(List<String> words) {
    try (Program command = Program.start(Map.of(), words)) {
      int code = command.await();
      if (code != 0) {
        throw new IllegalStateException(
            words + " exited with " + code + ": " + command.messages() + command.output());
      }
      return command.output();
    }
  }

  public static String run(String... words) {
    return run(List.of(words));
  }
}
