// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What became of records in the spool. From any thread. */
public final class SpoolCounts {
  final LongAdder recovered = new LongAdder();
  final LongAdder full = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder corrupt = new LongAdder();

  /** On the disk, on the way there, or read back and not yet put into a request. */
  final AtomicLong pending = new AtomicLong();

  volatile long usageBytes;

  SpoolCounts() {}

  /** Left by an earlier run, damaged ones included. */
  public long recovered() {
    return recovered.sum();
  }

  /** The oldest, dropped for want of room. */
  public long full() {
    return full.sum();
  }

  /** Dropped because the disk did not take them. */
  public long failed() {
    return failed.sum();
  }

  /** Found damaged, or of another version. */
  public long corrupt() {
    return corrupt.sum();
  }

  /** In the spool. */
  public long pending() {
    return pending.get();
  }

  /** Size of the files. */
  public long usageBytes() {
    return usageBytes;
  }
}
