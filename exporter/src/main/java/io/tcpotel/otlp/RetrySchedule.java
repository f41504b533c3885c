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

  /** Of a pause that the server has not asked for. */
  static final long LONGEST_BACKOFF_MS = 4000;

  private static final int DOUBLINGS = 4;

  /** RESOURCE_EXHAUSTED without RetryInfo is not in the table, yet busy servers send it. */
  private static final int MOST_EXHAUSTED = 3;

  /** How long a server may make this program wait, and a request the others. */
  private static final long LONGEST_WAIT_S = 60;

  static final long LONGEST_WAIT_NS = LONGEST_WAIT_S * 1_000_000_000;

  private final boolean countsAbsence;
  private long leftNs;
  private boolean counts;
  private long endedAtNs;
  private int attempts;
  private int exhausted;

  private RetrySchedule(long limitNs, boolean countsAbsence, long nowNs) {
    this.leftNs = limitNs;
    this.countsAbsence = countsAbsence;
    this.counts = countsAbsence;
    this.endedAtNs = nowNs;
  }

  /** Ends {@code limitNs} after {@code nowNs}, whatever the collector answers. */
  static RetrySchedule until(long nowNs, long limitNs) {
    return new RetrySchedule(limitNs, true, nowNs);
  }

  /**
   * Waits without end for an absent collector: memory bounds that. A collector that answers has
   * {@code limitNs} to accept the request, which may be one that it can never accept.
   */
  static RetrySchedule whileAway(long limitNs) {
    return new RetrySchedule(limitNs, false, 0);
  }

  /**
   * How long to wait after a failed attempt; {@link #NEVER} if the code is not retryable or the
   * next attempt would be too late.
   *
   * @param retryInfoMs see {@link #retryInfoMs}
   * @param isAbsent whether the collector is away: the time until the next attempt does not count
   */
  long delayMs(Status.Code code, long retryInfoMs, boolean isAbsent, long nowNs) {
    if (!isRetryable(code, retryInfoMs)) {
      return NEVER;
    }
    leftNs -= counts ? nowNs - endedAtNs : 0;
    endedAtNs = nowNs;
    counts = countsAbsence || !isAbsent;
    // A RetryInfo of no delay at all would make a storm of requests: back off as usual.
    long delayMs = retryInfoMs > 0 ? retryInfoMs : backoffMs(attempts);
    attempts++;
    return counts && delayMs * 1_000_000 > leftNs ? NEVER : delayMs;
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
    long wholeMs = Math.min(LONGEST_BACKOFF_MS, FIRST_MS << Math.min(attempt, DOUBLINGS));
    return ThreadLocalRandom.current().nextLong(wholeMs / 2, wholeMs + 1);
  }

  /** The delay that the server asks for, a minute at most; {@link #NEVER} if none can be read. */
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
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      return NEVER; // the details are no status, or one of another code
    }
    return NEVER;
  }

  private static long inMs(Duration delay) {
    long seconds = Math.clamp(delay.getSeconds(), 0, LONGEST_WAIT_S);
    long ms = seconds * 1000 + delay.getNanos() / 1_000_000;
    return Math.clamp(ms, 0, LONGEST_WAIT_S * 1000);
  }
}
