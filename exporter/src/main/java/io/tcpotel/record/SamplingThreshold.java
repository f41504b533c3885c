// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Thresholds of OpenTelemetry's probability sampling: a connection is kept if its 56 random bits
 * are not below the threshold, so whoever has the higher threshold keeps a part of what another
 * keeps. Held are the highest 32 of the 56 bits; the others are 0. Hot, except {@link #ofOneIn}.
 */
public final class SamplingThreshold {
  /** Nothing is thinned. */
  public static final long NONE = -1;

  /** Everything is kept. */
  public static final long ALL = 0;

  /** All thresholds are below. */
  public static final long END = 1L << 32;

  /** Keeps one in 2^31, since a record has 32 bits for a threshold or its absence. */
  public static final long HIGHEST = END - 2;

  private static final int LOWER_BITS = 24;

  private SamplingThreshold() {}

  /**
   * That which keeps one in {@code n}.
   *
   * @param n from 1 to 2^31
   */
  public static long ofOneIn(BigDecimal n) {
    BigDecimal end = BigDecimal.valueOf(END);
    return END - end.divide(n, 0, RoundingMode.CEILING).longValueExact();
  }

  /** The random bits of a trace id that are compared with a threshold. */
  public static long randomness(long traceIdLow) {
    return traceIdLow >>> LOWER_BITS & END - 1;
  }

  /** The share that is kept. */
  public static double probability(long threshold) {
    return (double) (END - threshold) / END;
  }
}
