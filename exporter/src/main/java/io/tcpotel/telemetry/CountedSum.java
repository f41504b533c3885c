// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/** Sums over all series that the account compares with counts made before the series. */
public enum CountedSum {
  /** Connections that were established or failed to be. */
  ATTEMPTS,
  SENT_BYTES,
  RECEIVED_BYTES,
  SEGS_OUT,
  SEGS_IN,
  TOTAL_RETRANS;

  /** Null if a sum of {@link ConnectionSeries} is none of these. */
  static CountedSum of(int sum) {
    return switch (sum) {
      case ConnectionSeries.ACTIVE -> null;
      case ConnectionSeries.SENT_BYTES -> SENT_BYTES;
      case ConnectionSeries.RECEIVED_BYTES -> RECEIVED_BYTES;
      case ConnectionSeries.SEGS_OUT -> SEGS_OUT;
      case ConnectionSeries.SEGS_IN -> SEGS_IN;
      case ConnectionSeries.TOTAL_RETRANS -> TOTAL_RETRANS;
      default -> ATTEMPTS;
    };
  }

  /** Whether series by address pair have it. */
  boolean isPaired() {
    return this == ATTEMPTS || this == SENT_BYTES || this == RECEIVED_BYTES;
  }
}
