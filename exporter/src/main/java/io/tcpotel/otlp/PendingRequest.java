// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.otlp.CollectorSender.Outcome;
import java.util.function.Consumer;

/** A request without a final answer. The channel's thread uses it. */
final class PendingRequest {
  private final MessageWriter message;
  private final RetrySchedule schedule;
  private final Consumer<Outcome> onEnd;
  private final long begunAtNs;
  private long number;
  private long acceptedAtFailure = -1;

  PendingRequest(
      MessageWriter message, RetrySchedule schedule, Consumer<Outcome> onEnd, long begunAtNs) {
    this.message = message;
    this.schedule = schedule;
    this.onEnd = onEnd;
    this.begunAtNs = begunAtNs;
  }

  MessageWriter message() {
    return message;
  }

  RetrySchedule schedule() {
    return schedule;
  }

  /** CLOCK_MONOTONIC. */
  long begunAtNs() {
    return begunAtNs;
  }

  /** Its place in the order in which a {@link RetryQueue} sends what waits. */
  long number() {
    return number;
  }

  void setNumber(long number) {
    this.number = number;
  }

  /**
   * Its attempt has failed; whether the collector has accepted other requests since its last
   * failure.
   *
   * @param accepted requests so far
   */
  boolean othersAccepted(long accepted) {
    boolean others = acceptedAtFailure >= 0 && accepted > acceptedAtFailure;
    acceptedAtFailure = accepted;
    return others;
  }

  void end(Outcome outcome) {
    onEnd.accept(outcome);
  }
}
