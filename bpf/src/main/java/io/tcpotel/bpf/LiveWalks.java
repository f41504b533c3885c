// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_shared;
import java.lang.foreign.MemorySegment;

/** Runs of the kernel program that reports the connections of all network namespaces that live. */
public final class LiveWalks implements AutoCloseable {
  /** The kernel's buffer for one read has 32 KiB (bpf_seq_read(), PAGE_SIZE << 3). */
  private static final int MOST_PER_STEP = 32 << 10;

  private final SocketIterator iterator;
  private final MemorySegment shared;
  private final int recordsPerStep;

  LiveWalks(SocketIterator iterator, MemorySegment shared, long ringBytes) {
    this.iterator = iterator;
    this.shared = shared;
    this.recordsPerStep = recordsPerStep(ringBytes);
  }

  /**
   * So many that they take three quarters of a ring that is empty; the rest is for those who open
   * and close meanwhile. Larger steps are better: each begins by stepping over the sockets before.
   */
  static int recordsPerStep(long ringBytes) {
    long room = ringBytes / 4 * 3;
    long records = room / (tcp_probe_info.sizeof() + RingReader.HEADER_BYTES);
    return (int) Math.min(records, MOST_PER_STEP);
  }

  /**
   * Begins one over the connections that are old enough; the ring is to be drained after each of
   * its steps.
   */
  public SocketWalk begin() {
    return iterator.walk(recordsPerStep);
  }

  /** Begins one over all that live. Walks that begin later are like it. */
  public SocketWalk beginLast() {
    tcp_probe_shared.report_all(shared, 1);
    return begin();
  }

  @Override
  public void close() {
    iterator.close();
  }
}
