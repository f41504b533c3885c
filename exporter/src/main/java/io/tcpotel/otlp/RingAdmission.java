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

  /** When there was room in a request last. */
  private long roomAtNs;

  private boolean ringWaits;
  private boolean readerWaits;

  RingAdmission(WaitingRecords waiting, RecordRequests requests, FreeBuffers<?> free) {
    this.waiting = waiting;
    this.requests = requests;
    this.free = free;
  }

  void beforeDrain() {
    ringWaits = false;
  }

  /** A record that waited has found room in a request. */
  void foundRoom(long nowNs) {
    roomAtNs = nowNs;
  }

  boolean admits(RingRoom room, long nowNs) {
    if (!isDirect()) {
      setReaderWaits(true);
      if (!isDirect() && !grows(room, nowNs)) { // see FreeBuffers for this second look
        return admitsToMemory(room, nowNs);
      }
    }
    roomAtNs = nowNs;
    return true;
  }

  /** Whether the next record goes into a request at once. */
  private boolean isDirect() {
    return waiting.isEmpty() && requests.filler.hasRoom();
  }

  /** A burst that fills the ring, or for which no answer makes room soon, gets one more buffer. */
  private boolean grows(RingRoom room, long nowNs) {
    return waiting.isEmpty()
        && (room != RingRoom.PLENTY || nowNs - roomAtNs >= BURST_NS)
        && requests.filler.grow();
  }

  private boolean admitsToMemory(RingRoom room, long nowNs) {
    if (!mayWaitInRing(room, nowNs) && waiting.hasRoom()) {
      return true;
    }
    ringWaits = true;
    return false;
  }

  /**
   * Whether a request may have room soon. Behind records that wait in memory one waits in the ring
   * only while there is plenty of room, so that they are gone first: the way through memory takes
   * two more copies of a record. Behind records on the disk, which take long, none waits.
   */
  private boolean mayWaitInRing(RingRoom room, long nowNs) {
    if (nowNs - roomAtNs >= BURST_NS) {
      return false;
    }
    return waiting.isEmpty()
        ? room != RingRoom.NONE
        : room == RingRoom.PLENTY && !waiting.isSpooled();
  }

  private void setReaderWaits(boolean waits) {
    if (readerWaits != waits) {
      readerWaits = waits;
      free.setReaderWaits(waits);
    }
  }

  /** Wakes the reader for the next free buffer if records wait for one. */
  void afterDrain() {
    setReaderWaits(ringWaits || !waiting.isEmpty());
  }
}
