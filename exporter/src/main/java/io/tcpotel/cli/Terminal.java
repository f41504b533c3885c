// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import java.io.Console;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The capabilities of stdout. */
final class Terminal {
  private static final int DEFAULT_COLUMNS = 80;

  private Terminal() {}

  /** Whether stdout is a terminal and NO_COLOR is not set (https://no-color.org). */
  static boolean isColoured() {
    Console console = System.console();
    String noColor = System.getenv("NO_COLOR");
    return console != null && console.isTerminal() && (noColor == null || noColor.isEmpty());
  }

  /** Whether the locale's encoding is UTF-8. */
  static boolean isUnicode() {
    return StandardCharsets.UTF_8.equals(
        Charset.forName(System.getProperty("native.encoding", "US-ASCII")));
  }

  /** From the environment; asking the terminal itself would take a native call. */
  static int columns() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("\\d{1,5}")
        ? Integer.parseInt(columns)
        : DEFAULT_COLUMNS;
  }
}
