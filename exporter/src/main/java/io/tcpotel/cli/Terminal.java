// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import java.io.Console;

/** Where stdout goes. */
final class Terminal {
  private Terminal() {}

  /** Whether colour is welcome: people read, and have not said no (no-color.org). */
  static boolean isColoured() {
    Console console = System.console();
    return console != null && console.isTerminal() && System.getenv("NO_COLOR") == null;
  }
}
