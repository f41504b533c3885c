// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures the bytes that hot code allocates on this thread. */
public final class AllocatedBytes {
  private static final int WARM_UP = 20_000;
  private static final int MEASURED = 20_000;

  /** Of all measured calls together: what the measuring itself may take. */
  private static final long SLACK_BYTES = 4096;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private AllocatedBytes() {}

  /** Requires that {@code task}, once warm, allocates nothing. */
  public static void requireNone(String name, Runnable task) {
    long least = Long.MAX_VALUE;
    run(task, WARM_UP);
    // A compilation that ends during the first round may still leave something behind.
    for (int round = 0; round < 3 && least > SLACK_BYTES; round++) {
      long before = ofThisThread();
      run(task, MEASURED);
      least = Math.min(least, ofThisThread() - before);
    }
    assertThat(least)
        .as(
            "%s allocates %.1f bytes per call: the hot path must allocate nothing. Run it under"
                + " -XX:+UnlockDiagnosticVMOptions -XX:+PrintEliminateAllocations or with a"
                + " profiler's allocation view, find the boxing, lambda, iterator or string that is"
                + " new, and move it out of the path",
            name, (double) least / MEASURED)
        .isLessThanOrEqualTo(SLACK_BYTES);
  }

  /** By this thread, since it began. */
  public static long ofThisThread() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  private static void run(Runnable task, int times) {
    for (int i = 0; i < times; i++) {
      task.run();
    }
  }
}
