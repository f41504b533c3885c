// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.time.Instant;

/** CLOCK_MONOTONIC and the wall clock of a machine, which move as a test wants. */
public final class TestClock {
  public static final long SECOND_NS = 1_000_000_000L;

  private long monotonicNs = 500 * SECOND_NS;
  private long wallNs = 1_700_000_000L * SECOND_NS + 123_456_789;

  public KernelClock clock() {
    return new KernelClock(this::monotonicNs, () -> Instant.ofEpochSecond(0, wallNs));
  }

  public long monotonicNs() {
    return monotonicNs;
  }

  public long wallNs() {
    return wallNs;
  }

  public void pass(long ns) {
    monotonicNs += ns;
    wallNs += ns;
  }

  public void setWallForward(long ns) {
    wallNs += ns;
  }
}
