// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import java.util.Locale;

/** Why a record has no log record and no span. */
public enum LeftOut {
  /** Another stands for it: one in so many is kept. */
  ONE_IN,
  /** Another stands for it: the rate raises the threshold. */
  RATE,
  /** None stands for it: the log records of this second are used up. */
  RATE_USED_UP,
  /** Likewise, and it met a condition for being kept. */
  KEPT_ABOVE_RATE;

  /** As an attribute's value and in the account. */
  public String value() {
    return name().toLowerCase(Locale.ROOT);
  }
}
