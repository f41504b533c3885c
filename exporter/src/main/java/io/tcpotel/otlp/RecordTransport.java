// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.CollectorSender.Outcome;
import io.tcpotel.telemetry.RecordBatch;
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
record RecordTransport(
    BiConsumer<RecordBatch, Consumer<Outcome>> deliver,
    Runnable retryNow,
    Runnable giveUp,
    Runnable cancelAll) {
  /**
   * @param retryFor how long a collector that answers may refuse a request
   */
  static RecordTransport of(CollectorSender sender, Duration retryFor) {
    long retryForNs = retryFor.toNanos();
    return new RecordTransport(
        (batch, onEnd) -> sender.deliver(batch, retryForNs, onEnd),
        sender::retryNow,
        sender::giveUp,
        sender::cancelAll);
  }
}
