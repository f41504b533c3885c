// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import io.grpc.Status;

/**
 * Tells the answer of a gRPC server to one call from a status that gRPC's library makes by itself:
 * from a proxy's HTTP status, from bytes that are no HTTP/2, from a connection that is lost. Only a
 * status in the trailers of a gRPC response is an answer; all else means that the collector is
 * away.
 */
final class CollectorAnswer extends ClientStreamTracer {
  /** The library's words for trailers of a gRPC response that hold no status. */
  private static final String NO_STATUS = "missing GRPC status";

  /** A proxy's word for a request that is too large; no gRPC server uses it. */
  private static final String CONTENT_TOO_LARGE = "HTTP status code 413";

  /** The library's words after an exception on one of its threads. */
  private static final String DEAD_CHANNEL = "Panic!";

  private final Factory observer =
      new Factory() {
        @Override
        public ClientStreamTracer newClientStreamTracer(StreamInfo info, Metadata headers) {
          return CollectorAnswer.this;
        }
      };

  private volatile boolean wasSent;
  private volatile Metadata trailers;

  /** To be set in the call's options; a call without gRPC's own retries has one stream. */
  Factory observer() {
    return observer;
  }

  @Override
  public void outboundHeaders() {
    wasSent = true;
  }

  /** The library calls this for the trailers of a gRPC response alone. */
  @Override
  public void inboundTrailers(Metadata trailers) {
    this.trailers = trailers;
  }

  /** The end of the call, which the library has reported with {@code status} and {@code last}. */
  AttemptEnd end(Status status, Metadata last) {
    if (isAnswer(status, last)) {
      return new AttemptEnd(status, RetrySchedule.retryInfoMs(status, last), wasSent);
    }
    return new AttemptEnd(withoutAnswer(status), RetrySchedule.NEVER, wasSent);
  }

  private boolean isAnswer(Status status, Metadata last) {
    String words = status.getDescription() == null ? "" : status.getDescription();
    return last != null && last == trailers && !words.contains(NO_STATUS);
  }

  /** Whether the library's channel will end all calls with this {@code status}. */
  static boolean isOfDeadChannel(Status status) {
    String words = status.getDescription();
    return words != null && words.startsWith(DEAD_CHANNEL);
  }

  private static Status withoutAnswer(Status status) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      return status;
    }
    String words = status.getDescription() == null ? "" : status.getDescription();
    Status.Code code =
        words.startsWith(CONTENT_TOO_LARGE) ? Status.Code.OUT_OF_RANGE : Status.Code.UNAVAILABLE;
    return code.toStatus().withDescription(status.getDescription()).withCause(status.getCause());
  }
}
