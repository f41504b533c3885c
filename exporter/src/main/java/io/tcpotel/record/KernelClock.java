// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Turns the kernel's CLOCK_MONOTONIC into wall-clock time. The two drift apart whenever the wall
 * clock is set, so the offset is measured again now and then and holds for later records. One
 * thread uses it.
 */
public final class KernelClock {
  private static final int TRIES = 10;
  private static final long MEASURE_EVERY_NS = 10_000_000_000L;

  private final LongSupplier monotonicNs;
  private final InstantSource wall;
  private long offsetNs;
  private long measuredNs;
  private volatile long changeNs;

  /**
   * The clocks of this machine: on Linux, HotSpot's nanoTime is CLOCK_MONOTONIC, as the time
   * namespace of this process shows it.
   */
  public KernelClock() {
    this(kernelMonotonicNs(), InstantSource.system());
  }

  private static LongSupplier kernelMonotonicNs() {
    long namespaceOffsetNs = TimeNamespace.monotonicOffsetNs();
    return () -> System.nanoTime() - namespaceOffsetNs;
  }

  KernelClock(LongSupplier monotonicNs, InstantSource wall) {
    this.monotonicNs = monotonicNs;
    this.wall = wall;
    measure();
    changeNs = 0;
  }

  /**
   * Measures the offset again if the last time is ten seconds past; returns the kernel's
   * CLOCK_MONOTONIC.
   */
  public long refresh() {
    long nowNs = monotonicNs.getAsLong();
    if (nowNs - measuredNs >= MEASURE_EVERY_NS) {
      measure();
    }
    return nowNs;
  }

  /** The wall clock at {@code monotonicNs}, in ns since 1970. */
  public long toEpochNs(long monotonicNs) {
    return monotonicNs + offsetNs;
  }

  /** Wall clock minus CLOCK_MONOTONIC. */
  public long offsetNs() {
    return offsetNs;
  }

  /** How far the wall clock was moved so far, forth and back added up; from any thread. */
  public long changeNs() {
    return changeNs;
  }

  /** Brackets each look at the wall clock by two at the other and keeps the tightest. */
  private void measure() {
    long previousNs = offsetNs;
    long tightestNs = Long.MAX_VALUE;
    for (int i = 0; i < TRIES; i++) {
      long beforeNs = monotonicNs.getAsLong();
      Instant now = wall.instant();
      long afterNs = monotonicNs.getAsLong();
      if (afterNs - beforeNs < tightestNs) {
        tightestNs = afterNs - beforeNs;
        long epochNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        offsetNs = epochNs - (beforeNs + (afterNs - beforeNs) / 2);
      }
    }
    changeNs += Math.abs(offsetNs - previousNs);
    measuredNs = monotonicNs.getAsLong();
  }
}
