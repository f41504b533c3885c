// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import java.time.Duration;
import java.util.Locale;

/** Time and CPU of a replay, from the first record to the last answer. */
public final class ReplayCost {
  private final long beginNs = System.nanoTime();
  private final Duration beginCpu = cpu();

  /** Of this process, its compilers and collector too. */
  private static Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Up to now, as people read it. */
  public String sentence(long records) {
    double seconds = (System.nanoTime() - beginNs) / 1e9;
    double cpuUs = cpu().minus(beginCpu).toNanos() / 1e3;
    return String.format(
        Locale.ROOT,
        "%d records in %.3f s: %.0f a second, %.2f us of CPU each",
        records,
        seconds,
        records / seconds,
        cpuUs / Math.max(1, records));
  }
}
