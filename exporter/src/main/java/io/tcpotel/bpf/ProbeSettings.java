// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.ProbeAbi;

/**
 * What the kernel programs are given at load.
 *
 * @param ringBytes size of the ring: a power of two and at least a page
 * @param wakeupBytes fill of the ring from which on one record wakes the reader
 * @param reportKinds bit {@code 1 << kind} for each kind to report
 * @param ownConnections whether this process' own connections are reported
 */
public record ProbeSettings(
    long ringBytes, long wakeupBytes, int reportKinds, boolean ownConnections) {
  public static final long DEFAULT_RING_BYTES = 1 << 20;
  public static final int ALL_KINDS =
      1 << ProbeAbi.TCP_PROBE_OPEN()
          | 1 << ProbeAbi.TCP_PROBE_CLOSE()
          | 1 << ProbeAbi.TCP_PROBE_FAILED();

  private static final long SMALLEST_RING_BYTES = 4096;

  /**
   * The kernel keeps lengths in the ring in 30 bits and positions are mapped twice
   * (RINGBUF_MAX_DATA_SZ).
   */
  private static final long LARGEST_RING_BYTES = 1L << 30;

  public ProbeSettings {
    boolean powerOfTwo = Long.bitCount(ringBytes) == 1;
    if (!powerOfTwo || ringBytes < SMALLEST_RING_BYTES || ringBytes > LARGEST_RING_BYTES) {
      throw Failure.usage(
          "--ring-size",
          ringBytes + " bytes is no power of two from 4KiB to 1GiB",
          "write 64KiB, 1MiB (the default), 4MiB or the like");
    }
  }

  /** All kinds, and the reader woken at half the ring's size. */
  public static ProbeSettings of(long ringBytes, boolean ownConnections) {
    return new ProbeSettings(ringBytes, ringBytes / 2, ALL_KINDS, ownConnections);
  }
}
