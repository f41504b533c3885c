// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.util.Locale;

/**
 * A setting that a {@link Failure} below {@code cli} can name. Its words are those of the
 * command-line option, with blanks instead of dashes; {@code cli} prints the option.
 */
public enum Setting {
  FILTER_CGROUP,
  FILTER_NETNS,
  HEALTH,
  NAMES,
  PAIR_KEY_FILE,
  QUEUE_BYTES,
  REQUEST_BYTES,
  RING_SIZE,
  SIGNALS,
  SPOOL;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
