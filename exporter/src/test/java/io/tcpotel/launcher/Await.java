// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for what another process does and nobody announces. */
final class Await {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long STEP_MS = 5;

  private Await() {}

  /** Also as a zombie, which it may stay for long where it is nobody's child any more. */
  static void end(long pid) {
    until("end of " + pid, () -> hasEnded(Path.of("/proc", Long.toString(pid), "stat")));
  }

  private static boolean hasEnded(Path stat) {
    try {
      return Files.readString(stat).contains(") Z ");
    } catch (IOException e) {
      return true; // not there, or no longer
    }
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
