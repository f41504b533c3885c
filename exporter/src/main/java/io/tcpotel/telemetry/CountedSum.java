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
  TOTAL_RETRANS,
  LOST,
  NETWORK_LIMITED_MS,
  RECEIVER_LIMITED_MS,
  SEND_BUFFER_LIMITED_MS,
  STALLED_MS,
  TIMEOUTS,
  SPURIOUS_RETRANSMITS,
  OUT_OF_ORDER_SEGMENTS;

  /** Null if a sum of {@link ConnectionSeries} is none of these. */
  static CountedSum of(int sum) {
    return switch (sum) {
      case ConnectionSeries.ACTIVE, ConnectionSeries.STALLED, ConnectionSeries.NOT_ACCEPTED -> null;
      case ConnectionSeries.SENT_BYTES -> SENT_BYTES;
      case ConnectionSeries.RECEIVED_BYTES -> RECEIVED_BYTES;
      case ConnectionSeries.SEGS_OUT -> SEGS_OUT;
      case ConnectionSeries.SEGS_IN -> SEGS_IN;
      case ConnectionSeries.TOTAL_RETRANS -> TOTAL_RETRANS;
      case ConnectionSeries.LOST -> LOST;
      case ConnectionSeries.NETWORK_LIMITED_MS -> NETWORK_LIMITED_MS;
      case ConnectionSeries.RECEIVER_LIMITED_MS -> RECEIVER_LIMITED_MS;
      case ConnectionSeries.SEND_BUFFER_LIMITED_MS -> SEND_BUFFER_LIMITED_MS;
      case ConnectionSeries.STALLED_MS -> STALLED_MS;
      case ConnectionSeries.TIMEOUTS -> TIMEOUTS;
      case ConnectionSeries.SPURIOUS_RETRANSMITS -> SPURIOUS_RETRANSMITS;
      case ConnectionSeries.OUT_OF_ORDER_SEGMENTS -> OUT_OF_ORDER_SEGMENTS;
      default -> ATTEMPTS;
    };
  }

  /** Whether series by address pair have it. */
  boolean isPaired() {
    return switch (this) {
      case ATTEMPTS, SENT_BYTES, RECEIVED_BYTES, TOTAL_RETRANS -> true;
      default -> false;
    };
  }
}
