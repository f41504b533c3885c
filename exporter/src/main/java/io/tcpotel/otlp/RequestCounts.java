// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ObjLongConsumer;

/** Counts of one signal's requests by outcome. From any thread. */
public final class RequestCounts {
  private final ConcurrentMap<Status.Code, LongAdder> retries = new ConcurrentHashMap<>();
  private volatile ObjLongConsumer<String> onEnd = (code, tookNs) -> {};

  void retried(Status.Code code) {
    retries.computeIfAbsent(code, any -> new LongAdder()).increment();
  }

  void ended(Status.Code code, long tookNs) {
    onEnd.accept(code.name(), tookNs);
  }

  /** Attempts beyond the first, by the name of the gRPC code that they followed. */
  public Map<String, Long> retries() {
    Map<String, Long> sums = new TreeMap<>();
    retries.forEach((code, sum) -> sums.put(code.name(), sum.sum()));
    return sums;
  }

  /** Tells {@code onEnd} of each request's end: its code's name, and ns with all its attempts. */
  public void onEnd(ObjLongConsumer<String> onEnd) {
    this.onEnd = onEnd;
  }
}
