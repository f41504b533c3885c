// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Where every record is that was to become a log record or a span: {@code due = kept + } the sum of
 * those left out. Each is counted on its own, by the reader's thread; any thread reads.
 */
public final class ThinningCounts {
  private static final int DUE = LeftOut.values().length;
  private static final int KEPT = DUE + 1;

  private final AtomicLongArray counts = new AtomicLongArray(KEPT + 1);

  /** Of one moment if the reader's thread takes it. */
  public record Snapshot(long due, long kept, Map<LeftOut, Long> leftOut) {}

  void addDue() {
    add(DUE);
  }

  void addKept() {
    add(KEPT);
  }

  void add(LeftOut reason) {
    add(reason.ordinal());
  }

  private void add(int index) {
    counts.setRelease(index, counts.getPlain(index) + 1);
  }

  public long of(LeftOut reason) {
    return counts.getAcquire(reason.ordinal());
  }

  public Snapshot snapshot() {
    Map<LeftOut, Long> leftOut = new EnumMap<>(LeftOut.class);
    for (LeftOut reason : LeftOut.values()) {
      leftOut.put(reason, of(reason));
    }
    return new Snapshot(counts.getAcquire(DUE), counts.getAcquire(KEPT), leftOut);
  }
}
