// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * Where every log record is:
 *
 * <pre>ended = exported + rejected + failed + queueFull + shutdown + backlog + filling + inFlight
 * </pre>
 *
 * "filling", what lies in the buffer that is not sent yet, is what is left over. From any thread.
 */
public final class LogCounts {
  final LongAdder ended = new LongAdder();
  final LongAdder exported = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder queueFull = new LongAdder();
  final LongAdder shutdown = new LongAdder();
  final LongAdder inFlight = new LongAdder();
  volatile long backlog;
  private final ConcurrentMap<Status.Code, LongAdder> failed = new ConcurrentHashMap<>();

  void failed(Status.Code code, int records) {
    failed.computeIfAbsent(code, any -> new LongAdder()).add(records);
  }

  public long ended() {
    return ended.sum();
  }

  /** Accepted by the collector. */
  public long exported() {
    return exported.sum();
  }

  /** Refused one by one by a collector that accepted the request. */
  public long rejected() {
    return rejected.sum();
  }

  /** Dropped for want of memory. */
  public long queueFull() {
    return queueFull.sum();
  }

  /** Dropped because the program ended first. */
  public long shutdown() {
    return shutdown.sum();
  }

  /** In requests without an answer. */
  public long inFlight() {
    return inFlight.sum();
  }

  /** In requests that the collector refused for good, by gRPC code. */
  public Map<String, Long> failed() {
    Map<String, Long> sums = new TreeMap<>();
    failed.forEach((code, sum) -> sums.put(code.name(), sum.sum()));
    return sums;
  }

  /** Waiting here: for a buffer, or in one that is not sent yet. */
  public long waiting() {
    long gone = exported() + rejected() + queueFull() + shutdown() + inFlight();
    return ended() - gone - failed().values().stream().mapToLong(Long::longValue).sum();
  }
}
