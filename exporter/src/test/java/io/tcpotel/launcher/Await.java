// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another process does and nobody announces. */
final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long STEP_MS = 5;

  private Await() {}

  /** A process that is nobody's child any more stays a moment as a zombie. */
  static void end(long pid) {
    until(
        "end of " + pid,
        () -> ProcessHandle.of(pid).map(process -> !process.isAlive()).orElse(true));
  }

  static void until(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadlineNs) {
        throw new AssertionError("not within " + LIMIT + ": " + what);
      }
      try {
        Thread.sleep(STEP_MS);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
