// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.health;

import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.ReaderPulse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Whether an agent works: it lives while its reader turns, and is ready while it sees connections
 * and the collector accepts them. From any thread.
 *
 * @param sinceTurn of the reader
 * @param isAttached whether connections are seen
 * @param collector what is wrong with it, after a time limit
 */
record Health(
    Supplier<Duration> sinceTurn,
    BooleanSupplier isAttached,
    Function<Duration, List<String>> collector) {
  /** A reader that works turns ten times a second; a collector that starts again takes seconds. */
  static final Duration LIMIT = Duration.ofSeconds(30);

  static Health of(CaptureLoop loop, ReaderPulse pulse, CollectorExport export) {
    return new Health(pulse::sinceTurn, loop::isAttached, export::troubles);
  }

  /** The reasons for which the process should be started again. */
  List<String> liveTroubles() {
    Duration since = sinceTurn.get();
    return since.compareTo(LIMIT) > 0
        ? List.of("the reader has not turned for " + since.toSeconds() + " s")
        : List.of();
  }

  /** The reasons for which connections are not seen, or do not arrive. */
  List<String> readyTroubles() {
    List<String> troubles = new ArrayList<>(liveTroubles());
    if (!isAttached.getAsBoolean()) {
      troubles.add("not attached: no connection is seen, and the log says why");
    }
    troubles.addAll(collector.apply(LIMIT));
    return troubles;
  }
}
