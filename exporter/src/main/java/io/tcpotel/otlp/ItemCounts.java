// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts of the log records or data points in requests. From any thread; each method leaves the
 * sums equal.
 */
public class ItemCounts {
  private final Map<Status.Code, Long> failed = new EnumMap<>(Status.Code.class);
  private long exported;
  private long rejected;
  private long inFlight;

  /** {@code items} are in a request that is sent. */
  synchronized void sent(long items) {
    inFlight += items;
  }

  /** {@code items} are no longer in a request, and have no answer. */
  synchronized void takenBack(long items) {
    inFlight -= items;
  }

  /** The collector accepted a request of {@code items}, and rejected some of them. */
  synchronized void accepted(long items, long rejectedItems) {
    inFlight -= items;
    exported += items - rejectedItems;
    rejected += rejectedItems;
  }

  synchronized void failed(Status.Code code, long items) {
    inFlight -= items;
    dropped(code, items);
  }

  /**
   * {@code items} that are in no request are given up; their last attempt ended with {@code code}.
   */
  synchronized void dropped(Status.Code code, long items) {
    failed.merge(code, items, Long::sum);
  }

  /** Accepted by the collector. */
  public synchronized long exported() {
    return exported;
  }

  /** Refused one by one by a collector that accepted the request. */
  public synchronized long rejected() {
    return rejected;
  }

  /** In requests without an answer. */
  public synchronized long inFlight() {
    return inFlight;
  }

  /** Given up, by the gRPC code of the last attempt. */
  public synchronized Map<String, Long> failed() {
    Map<String, Long> sums = new TreeMap<>();
    failed.forEach((code, sum) -> sums.put(code.name(), sum));
    return sums;
  }

  /** All of {@link #failed}. */
  public synchronized long failedSum() {
    return failed.values().stream().mapToLong(Long::longValue).sum();
  }
}
