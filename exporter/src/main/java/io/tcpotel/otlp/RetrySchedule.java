// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Whether and when a request is sent again: OTLP's table of retryable codes, exponential backoff
 * with jitter, and the server's own wish where it has one (opentelemetry-proto,
 * docs/specification.md, "OTLP/gRPC Response").
 */
final class RetrySchedule {
  /** Of {@link #delayMs}: never again. */
  static final long NEVER = -1;

  private static final long FIRST_MS = 250;
  private static final long LONGEST_MS = 4000;
  private static final int DOUBLINGS = 4;

  private RetrySchedule() {}

  /**
   * How long to wait after the failed attempt number {@code attempt}, which counts from 0; {@link
   * #NEVER} if the code is not retryable.
   */
  static long delayMs(Status status, Metadata trailers, int attempt) {
    long wishMs = retryInfoMs(status, trailers);
    switch (status.getCode()) {
      case RESOURCE_EXHAUSTED:
        return wishMs; // retryable only if the server says when
      case CANCELLED:
      case DEADLINE_EXCEEDED:
      case ABORTED:
      case OUT_OF_RANGE:
      case UNAVAILABLE:
      case DATA_LOSS:
        return wishMs == NEVER ? backoffMs(attempt) : wishMs;
      default:
        return NEVER;
    }
  }

  /** Between half and the whole of 250 ms, 500 ms, 1 s, 2 s, 4 s, 4 s ... */
  private static long backoffMs(int attempt) {
    long wholeMs = Math.min(LONGEST_MS, FIRST_MS << Math.min(attempt, DOUBLINGS));
    return ThreadLocalRandom.current().nextLong(wholeMs / 2, wholeMs + 1);
  }

  private static long retryInfoMs(Status status, Metadata trailers) {
    com.google.rpc.Status details = StatusProto.fromStatusAndTrailers(status, trailers);
    for (Any detail : details.getDetailsList()) {
      if (detail.is(RetryInfo.class)) {
        return retryInfoMs(detail);
      }
    }
    return NEVER;
  }

  private static long retryInfoMs(Any detail) {
    try {
      com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
      return Math.max(0, delay.getSeconds() * 1000 + delay.getNanos() / 1_000_000);
    } catch (InvalidProtocolBufferException e) {
      return NEVER; // as if the server had said nothing
    }
  }
}
