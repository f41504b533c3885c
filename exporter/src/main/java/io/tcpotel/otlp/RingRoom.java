// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

/** How much room the kernel has in its ring, beside the records that wait there. Hot. */
public enum RingRoom {
  /** Records may wait there although memory would take them. */
  PLENTY,
  /** A burst may wait there, and what memory does not take. */
  SOME,
  /** Nothing may wait there any longer. */
  NONE;

  /**
   * @param waitingBytes what waits in the ring
   * @param plentyBytes up to which there is plenty of room
   * @param fullBytes above which there is none
   */
  public static RingRoom of(long waitingBytes, long plentyBytes, long fullBytes) {
    if (waitingBytes <= plentyBytes) {
      return PLENTY;
    }
    return waitingBytes <= fullBytes ? SOME : NONE;
  }
}
