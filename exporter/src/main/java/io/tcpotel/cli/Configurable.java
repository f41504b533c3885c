// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.cli.options.Problems;

/** A command whose configuration has errors that the parser of its options cannot find. */
interface Configurable {
  /** Reads the configuration, adds its errors to {@code problems}, and does nothing else. */
  void configure(Problems problems);
}
