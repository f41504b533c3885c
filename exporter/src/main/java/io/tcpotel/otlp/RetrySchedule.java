// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
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

  /** A day: beyond, the sum with the clock would run over. */
  private static final long LONGEST_WISH_S = 86_400;

  private RetrySchedule() {}

  /**
   * How long to wait after the failed attempt number {@code attempt}, which counts from 0; {@link
   * #NEVER} if the code is not retryable.
   */
  static long delayMs(Status status, Metadata trailers, int attempt) {
    long wishMs = retryInfoMs(status, trailers);
    switch (status.getCode()) {
      case RESOURCE_EXHAUSTED:
        return wishMs == NEVER ? NEVER : waitMs(wishMs, attempt); // only if the server says when
      case CANCELLED:
      case DEADLINE_EXCEEDED:
      case ABORTED:
      case OUT_OF_RANGE:
      case UNAVAILABLE:
      case DATA_LOSS:
        return waitMs(wishMs, attempt);
      default:
        return NEVER;
    }
  }

  /** A wish for no delay at all is not taken at its word: it would make a storm. */
  private static long waitMs(long wishMs, int attempt) {
    return wishMs > 0 ? wishMs : backoffMs(attempt);
  }

  /** Between half and the whole of 250 ms, 500 ms, 1 s, 2 s, 4 s, 4 s ... */
  private static long backoffMs(int attempt) {
    long wholeMs = Math.min(LONGEST_MS, FIRST_MS << Math.min(attempt, DOUBLINGS));
    return ThreadLocalRandom.current().nextLong(wholeMs / 2, wholeMs + 1);
  }

  /** {@link #NEVER} if the server said nothing, or nothing that can be read. */
  private static long retryInfoMs(Status status, Metadata trailers) {
    try {
      for (Any detail : StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList()) {
        if (detail.is(RetryInfo.class)) {
          return inMs(detail.unpack(RetryInfo.class).getRetryDelay());
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      return NEVER; // the latter from gRPC: bytes that are no status, or a status of another code
    }
    return NEVER;
  }

  private static long inMs(Duration delay) {
    long seconds = Math.clamp(delay.getSeconds(), 0, LONGEST_WISH_S);
    return Math.max(0, seconds * 1000 + delay.getNanos() / 1_000_000);
  }
}
