// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.thinning.KeepConditions;
import io.tcpotel.thinning.Thinning;
import java.math.BigDecimal;
import picocli.CommandLine.Option;

/** Which log records and spans are left out. */
public final class ThinningOptions {
  private static final long HIGHEST_RATE = 1_000_000_000;

  @Option(
      names = "--log-keep",
      paramLabel = "CONDITION,...",
      converter = KeepConditionsConverter.class,
      description =
          "Log records that --log-one-in does not leave out, any of: failed (with an error.type),"
              + " slower=1s (longer duration), larger=1MiB (more payload in both directions"
              + " together), retransmits=0.01 (more retransmitted segments per segment sent),"
              + " idle=10m (no data for longer, as of the record).")
  private KeepConditions keep = KeepConditions.NONE;

  @Option(
      names = "--log-one-in",
      paramLabel = "N",
      defaultValue = "1",
      converter = OneInConverter.class,
      description =
          "Of the other log records one in N is sent, and of the spans, of the same connections at"
              + " both ends; metrics count all (default: ${DEFAULT-VALUE}).")
  private BigDecimal oneIn;

  @Option(
      names = "--log-rate",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Log records of a second, at most; 0 for any number. Those that --log-keep keeps come"
              + " first (default: ${DEFAULT-VALUE}).")
  private long perSecond;

  /** Throws a {@link Failure} for values that do not go together. */
  Thinning.Rules rules() {
    if (perSecond < 0 || perSecond > HIGHEST_RATE) {
      throw Failure.usage(
          "--log-rate",
          perSecond + " is no number of log records per second",
          "give a number from 1 to 1000000000, or 0 for no limit");
    }
    Thinning.Rules rules = new Thinning.Rules(keep, oneIn, perSecond);
    if (!rules.thin() && !keep.equals(KeepConditions.NONE)) {
      throw Failure.usage(
          "--log-keep",
          "nothing is left out without it either",
          "say how many of the others to send: --log-one-in 100, or --log-rate 500");
    }
    return rules;
  }
}
