// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;

/**
 * How one attempt at a request ended.
 *
 * @param status the collector's answer, or UNAVAILABLE or DEADLINE_EXCEEDED without one
 * @param retryInfoMs see {@link RetrySchedule#retryInfoMs}
 * @param wasSent whether the request reached a connection, and so may be the reason of a failure
 */
record AttemptEnd(Status status, long retryInfoMs, boolean wasSent) {
  /** This program could not send the request, and another attempt would end in the same way. */
  static AttemptEnd unsendable(Throwable reason) {
    Status status = Status.INTERNAL.withDescription("cannot be sent: " + reason);
    return new AttemptEnd(status, RetrySchedule.NEVER, false);
  }
}
