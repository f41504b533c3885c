// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.RecordCheck;

/** Counts of the records read from the ring. Hot: counts only. The reader's thread alone. */
public final class ReadCounts {
  private final long[] byKind = new long[RecordKind.values().length];
  private final long[] byCheck = new long[RecordCheck.values().length];

  /** {@code kind} counts only for a record that can be read. */
  void count(RecordCheck check, RecordKind kind) {
    byCheck[check.ordinal()]++;
    if (check == RecordCheck.OK) {
      byKind[kind.ordinal()]++;
    }
  }

  public long of(RecordKind kind) {
    return byKind[kind.ordinal()];
  }

  public long of(RecordCheck check) {
    return byCheck[check.ordinal()];
  }

  public long all() {
    long all = 0;
    for (long count : byCheck) {
      all += count;
    }
    return all;
  }
}
