// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.cli.options.Problems;

/** A command whose configuration can be wrong in ways that the parser of its options cannot see. */
interface Configurable {
  /** Takes its configuration, without doing anything else, and notes what is wrong with it. */
  void configure(Problems problems);
}
