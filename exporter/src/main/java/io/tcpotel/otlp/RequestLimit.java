// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

/**
 * How large a request may be: as configured or, for a minute after a collector found that too much,
 * as large as the part of it that it took. A minute, since the one that comes after a restart may
 * take more. From any thread.
 */
final class RequestLimit {
  private static final long HOLD_NS = 60_000_000_000L;

  private record Learned(int bytes, long nowNs) {}

  private final int configuredBytes;
  private final int smallestBytes;
  private volatile Learned learned;

  /**
   * @param smallestBytes of which a request with one record is sure not to have more
   */
  RequestLimit(int configuredBytes, int smallestBytes) {
    this.configuredBytes = configuredBytes;
    this.smallestBytes = smallestBytes;
  }

  int bytes(long nowNs) {
    Learned last = learned;
    return last == null || nowNs - last.nowNs() > HOLD_NS ? configuredBytes : last.bytes();
  }

  /** {@code bytes} were accepted, of a request that had been too large. */
  void accepted(int bytes, long nowNs) {
    learned = new Learned(Math.clamp(bytes, smallestBytes, configuredBytes), nowNs);
  }
}
