// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When the reader has last turned, and when it has last found a record: written by its thread after
 * each drain, read by any. Both begin at the start.
 */
public final class ReaderPulse {
  private final LongSupplier nowNs;
  private volatile long turnedNs;
  private volatile long foundNs;
  private long records;

  /**
   * @param nowNs CLOCK_MONOTONIC
   */
  ReaderPulse(LongSupplier nowNs) {
    this.nowNs = nowNs;
    this.turnedNs = nowNs.getAsLong();
    this.foundNs = turnedNs;
  }

  /**
   * @param records read since the start
   */
  void afterDrain(long records) {
    turnedNs = nowNs.getAsLong();
    if (records != this.records) {
      this.records = records;
      foundNs = turnedNs;
    }
  }

  public Duration sinceTurn() {
    return Duration.ofNanos(nowNs.getAsLong() - turnedNs);
  }

  public Duration sinceRecord() {
    return Duration.ofNanos(nowNs.getAsLong() - foundNs);
  }
}
