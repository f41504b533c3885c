// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What TCP_INFO says about a socket: the kernel's own view, without any program of ours in between.
 * Offsets from struct tcp_info in /usr/include/linux/tcp.h (Linux 6.1), which only grows at its
 * end. Sequence numbers count: bytesAcked has one more for the SYN of an active open and one for
 * our FIN once acknowledged. minRttUs is 0xffffffff without a sample, rttUs 0.
 */
public record TcpInfo(
    int state,
    int retransmits,
    long unackedSegments,
    long lostSegments,
    long rttUs,
    long totalRetransSegments,
    long bytesAcked,
    long segsOut,
    long segsIn,
    long minRttUs,
    long busyUs,
    long receiverLimitedUs,
    long sendBufferLimitedUs) {
  public static final int ESTABLISHED = 1;
  public static final int SYN_RECV = 3;
  public static final int FIN_WAIT1 = 4;
  public static final int FIN_WAIT2 = 5;
  public static final int CLOSE = 7;
  public static final int CLOSING = 11;

  static final int BYTES = 192; // up to and with tcpi_sndbuf_limited

  static TcpInfo readFrom(MemorySegment memory) {
    return new TcpInfo(
        memory.get(ValueLayout.JAVA_BYTE, 0),
        Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, 2)),
        u32(memory, 24),
        u32(memory, 32),
        u32(memory, 68),
        u32(memory, 100),
        memory.get(ValueLayout.JAVA_LONG, 120),
        u32(memory, 136),
        u32(memory, 140),
        u32(memory, 148),
        memory.get(ValueLayout.JAVA_LONG, 168),
        memory.get(ValueLayout.JAVA_LONG, 176),
        memory.get(ValueLayout.JAVA_LONG, 184));
  }

  private static long u32(MemorySegment memory, long offset) {
    return Integer.toUnsignedLong(memory.get(ValueLayout.JAVA_INT, offset));
  }
}
