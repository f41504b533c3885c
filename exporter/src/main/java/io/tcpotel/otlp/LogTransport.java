// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.CollectorSender.Outcome;
import io.tcpotel.telemetry.LogBatch;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The part of a {@link CollectorSender} that log records need.
 *
 * @param deliver sends a sealed request, and reports its end once
 * @param retryNow attempts waiting requests at once
 * @param giveUp attempts waiting requests once more, at once, and from now on retries none
 * @param cancelAll ends the requests that have no answer
 */
record LogTransport(
    BiConsumer<LogBatch, Consumer<Outcome>> deliver,
    Runnable retryNow,
    Runnable giveUp,
    Runnable cancelAll) {
  /**
   * @param retryFor how long a collector that answers may refuse a request
   */
  static LogTransport of(CollectorSender sender, Duration retryFor) {
    long retryForNs = retryFor.toNanos();
    return new LogTransport(
        (batch, onEnd) -> sender.deliver(batch, retryForNs, onEnd),
        sender::retryNow,
        sender::giveUp,
        sender::cancelAll);
  }
}
