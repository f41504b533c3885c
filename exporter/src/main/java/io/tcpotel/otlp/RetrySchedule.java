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
 * with jitter, and the server's {@code RetryInfo} where it sends one (opentelemetry-proto,
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

  /** RESOURCE_EXHAUSTED without RetryInfo is not in the table, yet busy servers send it. */
  private static final int MOST_EXHAUSTED = 3;

  /** A day, so that the sum with the clock cannot overflow. */
  private static final long LONGEST_RETRY_INFO_S = 86_400;

  private final long limitNs;
  private boolean running;
  private long giveUpAtNs;
  private int attempts;
  private int exhausted;

  private RetrySchedule(long limitNs) {
    this.limitNs = limitNs;
  }

  /** Ends {@code limitNs} after {@code nowNs}, whatever the collector answers. */
  static RetrySchedule until(long nowNs, long limitNs) {
    RetrySchedule schedule = new RetrySchedule(limitNs);
    schedule.startClock(nowNs);
    return schedule;
  }

  /**
   * Waits without end for an absent collector: memory bounds that. A collector that answers has
   * {@code limitNs} to accept the request, which may be one that it can never accept.
   */
  static RetrySchedule whileAway(long limitNs) {
    return new RetrySchedule(limitNs);
  }

  private void startClock(long nowNs) {
    if (!running) {
      running = true;
      giveUpAtNs = nowNs + limitNs;
    }
  }

  /**
   * How long to wait after a failed attempt; {@link #NEVER} if the code is not retryable or the
   * next attempt would be too late.
   *
   * @param retryInfoMs see {@link #retryInfoMs}
   */
  long delayMs(Status.Code code, long retryInfoMs, long nowNs) {
    if (!isRetryable(code, retryInfoMs)) {
      return NEVER;
    }
    if (code != Status.Code.UNAVAILABLE) {
      startClock(nowNs);
    }
    // A RetryInfo of no delay at all would make a storm of requests: back off as usual.
    long delayMs = retryInfoMs > 0 ? retryInfoMs : backoffMs(attempts);
    attempts++;
    boolean tooLate = running && nowNs + delayMs * 1_000_000 - giveUpAtNs > 0;
    return tooLate ? NEVER : delayMs;
  }

  private boolean isRetryable(Status.Code code, long retryInfoMs) {
    return code == Status.Code.RESOURCE_EXHAUSTED
        ? retryInfoMs != NEVER || exhausted++ < MOST_EXHAUSTED
        : isRetryable(code);
  }

  /** Whether another attempt may succeed. */
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

  /** The delay that the server asks for; {@link #NEVER} without one that can be read. */
  static long retryInfoMs(Status status, Metadata trailers) {
    if (status.isOk() || trailers == null || !trailers.containsKey(DETAILS)) {
      return NEVER; // the usual case does not load the generated classes
    }
    try {
      for (Any detail : StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList()) {
        if (detail.is(RetryInfo.class)) {
          return inMs(detail.unpack(RetryInfo.class).getRetryDelay());
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      return NEVER; // gRPC throws the latter if the details are no status, or one of another code
    }
    return NEVER;
  }

  private static long inMs(Duration delay) {
    long seconds = Math.clamp(delay.getSeconds(), 0, LONGEST_RETRY_INFO_S);
    return Math.max(0, seconds * 1000 + delay.getNanos() / 1_000_000);
  }
}
