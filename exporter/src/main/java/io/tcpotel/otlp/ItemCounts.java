// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;

/** What became of log records or data points that were put into requests. From any thread. */
public class ItemCounts {
  final LongAdder exported = new LongAdder();
  final LongAdder rejected = new LongAdder();
  final LongAdder inFlight = new LongAdder();
  private final ConcurrentMap<Status.Code, LongAdder> failed = new ConcurrentHashMap<>();

  void failed(Status.Code code, long items) {
    failed.computeIfAbsent(code, any -> new LongAdder()).add(items);
  }

  /** Accepted by the collector. */
  public long exported() {
    return exported.sum();
  }

  /** Refused one by one by a collector that accepted the request. */
  public long rejected() {
    return rejected.sum();
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

  /** All of {@link #failed}. */
  public long failedSum() {
    return failed.values().stream().mapToLong(LongAdder::sum).sum();
  }
}
