// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what the kernel, another process or another thread does and nobody announces. */
public final class Await {
  /** Of every wait for what does come: no machine is so slow, so it hangs. */
  public static final Duration LIMIT = Duration.ofMinutes(2);

  /** Of a whole test; the wait that hangs ends before, and says for what. */
  public static final int TEST_SECONDS = 600;

  private static final long STEP_MS = 1;

  private Await() {}

  public static void until(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadlineNs > 0) {
        throw new AssertionError("not within " + LIMIT + ": " + what);
      }
      pause(STEP_MS);
    }
  }

  /** Where nothing but time brings it. */
  public static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
