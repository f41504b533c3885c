// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

/**
 * How large the next request's buffer is: small as long as small ones are enough, twice as large
 * each time all were under way and records had to wait, half as large when that has not happened
 * for a while. So a quiet host needs little memory, and a busy one makes few requests. One thread
 * uses it.
 */
final class BufferSize {
  private static final long QUIET_NS = 10_000_000_000L;

  private final int smallestBytes;
  private final int largestBytes;
  private int bytes;
  private boolean ranOut;
  private long changedNs;

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
    ranOut = true;
  }

  /** The size of a buffer that is taken now. */
  int next(long nowNs) {
    if (ranOut) {
      bytes = (int) Math.min(2L * bytes, largestBytes);
      changedNs = nowNs;
    } else if (bytes > smallestBytes && nowNs - changedNs >= QUIET_NS) {
      bytes = Math.max(bytes / 2, smallestBytes);
      changedNs = nowNs;
    }
    ranOut = false;
    return bytes;
  }
}
