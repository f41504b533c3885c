// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

/**
 * How large the next request's buffer is: small as long as small ones are enough, twice as large
 * when again and again all were under way and records had to wait, half as large when that has not
 * happened for a while. So a quiet host needs little memory, a busy one makes few requests, and a
 * burst changes nothing. One thread uses it.
 */
final class BufferSize {
  /** So often they have to run out within a second. */
  private static final int TOO_OFTEN = 32;

  private static final long SECOND_NS = 1_000_000_000L;
  private static final long QUIET_NS = 10_000_000_000L;

  private final int smallestBytes;
  private final int largestBytes;
  private int bytes;
  private boolean isOut;
  private int timesOut;
  private long sinceNs;

  /**
   * @param largestBytes need not be the smallest doubled some times
   */
  BufferSize(int smallestBytes, int largestBytes) {
    this.smallestBytes = Math.min(smallestBytes, largestBytes);
    this.largestBytes = largestBytes;
    this.bytes = this.smallestBytes;
  }

  /** A record waits since no buffer is free. */
  void ranOut() {
    isOut = true;
  }

  /** The size of a buffer that is taken now. */
  int next(long nowNs) {
    if (isOut) {
      isOut = false;
      countOut(nowNs);
    } else if (nowNs - sinceNs >= QUIET_NS) {
      resize(Math.max(bytes / 2, smallestBytes), nowNs);
    }
    return bytes;
  }

  private void countOut(long nowNs) {
    if (nowNs - sinceNs >= SECOND_NS) {
      timesOut = 0;
      sinceNs = nowNs;
    }
    timesOut++;
    if (timesOut == TOO_OFTEN) {
      resize(Math.min(2L * bytes, largestBytes), nowNs);
    }
  }

  private void resize(long newBytes, long nowNs) {
    bytes = (int) newBytes;
    timesOut = 0;
    sinceNs = nowNs;
  }
}
