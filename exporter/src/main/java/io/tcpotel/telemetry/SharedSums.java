// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Sums to which one thread adds and which others read. A plain array, since an {@code
 * AtomicLongArray} is one more object, and so one more cache line, for each of many series. Hot.
 */
final class SharedSums {
  private static final VarHandle SUM = MethodHandles.arrayElementVarHandle(long[].class);

  private SharedSums() {}

  /** Whoever sees the sum sees also what was added before it. */
  static void add(long[] sums, int at, long amount) {
    SUM.setRelease(sums, at, sums[at] + amount);
  }

  static long get(long[] sums, int at) {
    return (long) SUM.getAcquire(sums, at);
  }
}
