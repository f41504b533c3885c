// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.tcpotel.ForeignText;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;

/** Says how the requests of one signal fail, each kind once a minute at most. */
final class SenderMessages {
  private final Signal signal;
  private final String collector;
  private final Messages messages;

  /**
   * @param endpoint of the collector
   */
  SenderMessages(Signal signal, Object endpoint, Messages messages) {
    this.signal = signal;
    this.collector = "collector " + endpoint;
    this.messages = messages;
  }

  void retrying(Status status) {
    messages.sayOnceAMinute(
        "retry " + collector, collector + ": " + reason(status) + ": trying again");
  }

  void failed(Status status) {
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      messages.sayOnce(
          "unimplemented " + signal.value(),
          collector + " does not take " + signal.value() + ": these are dropped and counted");
      return;
    }
    messages.sayOnceAMinute(
        "failed " + signal.value(),
        collector
            + ": "
            + signal.value()
            + ": "
            + reason(status)
            + (isSentAgain(status) ? ": the next collection follows" : ": dropped and counted"));
  }

  /** The next collection has the same sums, or the delta points that were kept. */
  private boolean isSentAgain(Status status) {
    return signal == Signal.METRICS && RetrySchedule.isRetryable(status.getCode());
  }

  /** An exception where none is expected. */
  void defect(Throwable defect) {
    messages.sayOnceAMinute(
        "defect " + signal.value(), collector + ": " + signal.value() + ": " + defect);
  }

  /**
   * Code and description of the failure, with its cause: gRPC describes a refused connection as "io
   * exception".
   */
  static String reason(Status status) {
    StringBuilder text = new StringBuilder(status.getCode().name());
    if (status.getDescription() != null) {
      text.append(" (").append(status.getDescription().lines().findFirst().orElse("")).append(')');
    }
    Throwable cause = status.getCause();
    if (cause != null && cause.getMessage() != null) {
      text.append(": ").append(cause.getMessage());
    }
    return ForeignText.of(text.toString());
  }
}
