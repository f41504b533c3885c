// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

/** Walks of the kernel program that reports the live connections of all network namespaces. */
public final class LiveWalks {
  /** The kernel's buffer for one read has 32 KiB (bpf_seq_read(), PAGE_SIZE << 3). */
  private static final int MOST_PER_STEP = 32 << 10;

  private final SocketIterator iterator;
  private final SharedWords shared;
  private final int recordsPerStep;

  LiveWalks(SocketIterator iterator, SharedWords shared, long ringBytes) {
    this.iterator = iterator;
    this.shared = shared;
    this.recordsPerStep = recordsPerStep(ringBytes);
  }

  /**
   * As many records as fill three quarters of an empty ring; the rest is for connections that open
   * and close meanwhile. Larger steps are better: each begins by skipping the sockets before it.
   */
  static int recordsPerStep(long ringBytes) {
    long room = ringBytes / 4 * 3;
    long records = room / (RecordKind.UPDATE.bytes() + RingReader.HEADER_BYTES);
    return (int) Math.min(records, MOST_PER_STEP);
  }

  /**
   * Begins a walk over the connections that are old enough; the ring is to be drained after each of
   * its steps.
   */
  public SocketWalk begin() {
    return new SocketWalk(iterator.run(), recordsPerStep);
  }

  /** Begins a walk over all live connections, as every later walk will be. */
  public SocketWalk beginLast() {
    shared.reportAll();
    return begin();
  }
}
