// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

/**
 * Decides whether the next record is taken from the kernel's ring or stays there: in the ring a
 * burst waits for a request to be answered, for a moment, and everything if memory has no room. The
 * reader's thread alone uses it. Hot.
 */
final class RingAdmission {
  /** A collector that answers does so within this time; records wait longer in memory. */
  private static final long BURST_NS = 100_000_000L;

  private final WaitingRecords waiting;
  private final RecordRequests requests;
  private final FreeBuffers<?> free;
  private long ranOutAtNs;
  private boolean ringWaits;

  RingAdmission(WaitingRecords waiting, RecordRequests requests, FreeBuffers<?> free) {
    this.waiting = waiting;
    this.requests = requests;
    this.free = free;
  }

  void beforeDrain() {
    ringWaits = false;
  }

  /**
   * @param ringHasRoom whether the record can wait in the ring
   */
  boolean admits(boolean ringHasRoom, long nowNs) {
    boolean isDirect = waiting.isEmpty();
    if (isDirect && requests.filler.hasRoom()) {
      ranOutAtNs = nowNs;
      return true;
    }
    boolean isBurst = isDirect && nowNs - ranOutAtNs < BURST_NS;
    if (!(isBurst && ringHasRoom) && waiting.hasRoom()) {
      return true;
    }
    ringWaits = true;
    free.setReaderWaits(true);
    return waiting.isEmpty() && requests.filler.hasRoom(); // see FreeBuffers for this second look
  }

  /** Wakes the reader for the next free buffer if records wait for one. */
  void afterDrain() {
    free.setReaderWaits(ringWaits || !waiting.isEmpty());
  }
}
