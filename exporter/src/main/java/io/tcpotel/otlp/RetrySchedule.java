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
 * Whether and when one request is sent again: OTLP's table of retryable codes, exponential backoff
 * with jitter, and the server's own wish where it has one (opentelemetry-proto,
 * docs/specification.md, "OTLP/gRPC Response").
 */
final class RetrySchedule {
  /** Of {@link #delayMs}: never again. */
  static final long NEVER = -1;

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private static final long FIRST_MS = 250;
  private static final long LONGEST_MS = 4000;
  private static final int DOUBLINGS = 4;

  /** RESOURCE_EXHAUSTED without a wish is not in the table, yet servers answer so when busy. */
  private static final int MOST_EXHAUSTED = 3;

  /** A day: beyond, the sum with the clock would run over. */
  private static final long LONGEST_WISH_S = 86_400;

  private final long limitNs;
  private boolean running;
  private long giveUpNs;
  private int attempts;
  private int exhausted;

  private RetrySchedule(long limitNs) {
    this.limitNs = limitNs;
  }

  /** Everything has to be over {@code limitNs} after {@code nowNs}. */
  static RetrySchedule until(long nowNs, long limitNs) {
    RetrySchedule schedule = new RetrySchedule(limitNs);
    schedule.startClock(nowNs);
    return schedule;
  }

  /**
   * Waits without end for a collector that is not there, since the memory is what bounds that. One
   * that answers gets {@code limitNs} to accept the request: it may be the request that it cannot
   * take.
   */
  static RetrySchedule whileAway(long limitNs) {
    return new RetrySchedule(limitNs);
  }

  private void startClock(long nowNs) {
    if (!running) {
      running = true;
      giveUpNs = nowNs + limitNs;
    }
  }

  /**
   * How long to wait after a failed attempt; {@link #NEVER} if the code is not retryable or it
   * would be too late.
   */
  long delayMs(Status status, Metadata trailers, long nowNs) {
    long wishMs = retryInfoMs(status, trailers);
    if (!isRetryable(status.getCode(), wishMs)) {
      return NEVER;
    }
    if (status.getCode() != Status.Code.UNAVAILABLE) {
      startClock(nowNs);
    }
    // A wish for no delay at all is not taken at its word: it would make a storm.
    long delayMs = wishMs > 0 ? wishMs : backoffMs(attempts);
    attempts++;
    boolean tooLate = running && nowNs + delayMs * 1_000_000 - giveUpNs > 0;
    return tooLate ? NEVER : delayMs;
  }

  private boolean isRetryable(Status.Code code, long wishMs) {
    return code == Status.Code.RESOURCE_EXHAUSTED
        ? wishMs != NEVER || exhausted++ < MOST_EXHAUSTED
        : isRetryable(code);
  }

  /** Whether another try may succeed. */
  static boolean isRetryable(Status.Code code) {
    switch (code) {
      case RESOURCE_EXHAUSTED:
      case CANCELLED:
      case DEADLINE_EXCEEDED:
      case ABORTED:
      case OUT_OF_RANGE:
      case UNAVAILABLE:
      case DATA_LOSS:
        return true;
      default:
        return false;
    }
  }

  /** Between half and the whole of 250 ms, 500 ms, 1 s, 2 s, 4 s, 4 s ... */
  private static long backoffMs(int attempt) {
    long wholeMs = Math.min(LONGEST_MS, FIRST_MS << Math.min(attempt, DOUBLINGS));
    return ThreadLocalRandom.current().nextLong(wholeMs / 2, wholeMs + 1);
  }

  /** {@link #NEVER} if the server said nothing, or nothing that can be read. */
  static long retryInfoMs(Status status, Metadata trailers) {
    if (status.isOk() || trailers == null || !trailers.containsKey(DETAILS)) {
      return NEVER; // nearly always, and without the generated classes, which take their room
    }
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
