// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.otlp.DeliveryCounts;
import io.tcpotel.otlp.RecordDelivery;
import java.util.Map;

/**
 * Where log records are, or spans.
 *
 * @param failedByCode failed ones by gRPC code
 */
record Delivered(DeliveryCounts.Snapshot counts, Map<String, Long> failedByCode) {
  /**
   * @param delivery null if the signal is off; then the result is, too
   */
  static Delivered of(RecordDelivery delivery) {
    return delivery == null
        ? null
        : new Delivered(delivery.counts().snapshot(), delivery.counts().failed());
  }

  /** Both sides are equal. */
  Equation equation(String name) {
    return Equation.of(name, "ended", counts.ended())
        .plus("recovered", counts.spool().recovered())
        .part("exported", counts.exported())
        .rare("rejected", counts.rejected())
        .rare("failed", counts.failed())
        .rare("queue_full", counts.queueFull())
        .rare("shutdown", counts.shutdown())
        .rare("spool_full", counts.spool().full())
        .rare("spool_failed", counts.spool().failed())
        .rare("corrupt", counts.spool().corrupt())
        .rare("spooled", counts.spool().pending())
        .rare("waiting", counts.waiting())
        .rare("in_flight", counts.inFlight());
  }
}
