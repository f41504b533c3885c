// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Whether a collector accepts the requests of one signal, and since when it does not. Idle time
 * does not count: time begins with the first attempt after the last success. From any thread.
 */
final class CollectorContact {
  private final String collector;
  private final LongSupplier nowNs;
  private boolean hasAccepted;
  private boolean isWaiting;
  private long waitingSinceNs;
  private Status last = Status.OK;

  /**
   * @param collector with its signal, for people
   * @param nowNs CLOCK_MONOTONIC
   */
  CollectorContact(String collector, LongSupplier nowNs) {
    this.collector = collector;
    this.nowNs = nowNs;
  }

  synchronized void asked() {
    if (!isWaiting) {
      isWaiting = true;
      waitingSinceNs = nowNs.getAsLong();
    }
  }

  /** Another request that is still under way comes back here, at its time limit if not before. */
  synchronized void answered(Status status) {
    last = status;
    if (status.isOk()) {
      hasAccepted = true;
      isWaiting = false;
    } else {
      asked();
    }
  }

  /** On one line, if nothing was accepted yet, or not for {@code limit} although asked. */
  synchronized Optional<String> trouble(Duration limit) {
    long waitedNs = isWaiting ? nowNs.getAsLong() - waitingSinceNs : 0;
    if (hasAccepted && waitedNs <= limit.toNanos()) {
      return Optional.empty();
    }
    String since = hasAccepted ? "for " + waitedNs / 1_000_000_000 + " s" : "yet";
    String reason = last.isOk() ? "no answer" : SenderMessages.reason(last);
    return Optional.of(collector + ": nothing accepted " + since + ": " + reason);
  }
}
