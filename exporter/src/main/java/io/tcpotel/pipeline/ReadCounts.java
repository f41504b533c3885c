// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.RecordCheck;

/** What came out of the ring. Hot: counts only. The reader's alone. */
public final class ReadCounts {
  private final long[] byKind = new long[ProbeAbi.TCP_PROBE_KINDS()];
  private final long[] byCheck = new long[RecordCheck.values().length];

  /** {@code kind} counts only for a record that can be read. */
  void count(RecordCheck check, int kind) {
    byCheck[check.ordinal()]++;
    if (check == RecordCheck.OK) {
      byKind[kind]++;
    }
  }

  public long of(int kind) {
    return byKind[kind];
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
