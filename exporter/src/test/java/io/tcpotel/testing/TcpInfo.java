// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What TCP_INFO says about a socket: the kernel's own view, without any program of ours in between.
 * Offsets from struct tcp_info in /usr/include/linux/tcp.h (Linux 6.1), which only grows at its
 * end. Sequence numbers count: bytesAcked has one more for the SYN of an active open and one for
 * our FIN once acknowledged, bytesReceived one more for the peer's FIN. minRttUs is 0xffffffff
 * without a sample, rttUs 0.
 */
public record TcpInfo(
    int state,
    int retransmits,
    long sndMssBytes,
    long unackedSegments,
    long lostSegments,
    long rttUs,
    long rttvarUs,
    long totalRetransSegments,
    long bytesAcked,
    long bytesReceived,
    long segsOut,
    long segsIn,
    long notsentBytes,
    long minRttUs,
    long dataSegsIn,
    long dataSegsOut,
    long bytesSent,
    long bytesRetrans) {
  public static final int ESTABLISHED = 1;
  public static final int SYN_SENT = 2;
  public static final int SYN_RECV = 3;
  public static final int FIN_WAIT1 = 4;
  public static final int FIN_WAIT2 = 5;
  public static final int TIME_WAIT = 6;
  public static final int CLOSE = 7;
  public static final int CLOSE_WAIT = 8;
  public static final int LAST_ACK = 9;
  public static final int LISTEN = 10;
  public static final int CLOSING = 11;

  static final int BYTES = 216; // up to and with tcpi_bytes_retrans, which came with 4.19

  static TcpInfo readFrom(MemorySegment memory) {
    return new TcpInfo(
        memory.get(ValueLayout.JAVA_BYTE, 0),
        Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, 2)),
        u32(memory, 16),
        u32(memory, 24),
        u32(memory, 32),
        u32(memory, 68),
        u32(memory, 72),
        u32(memory, 100),
        u64(memory, 120),
        u64(memory, 128),
        u32(memory, 136),
        u32(memory, 140),
        u32(memory, 144),
        u32(memory, 148),
        u32(memory, 152),
        u32(memory, 156),
        u64(memory, 200),
        u64(memory, 208));
  }

  private static long u32(MemorySegment memory, long offset) {
    return Integer.toUnsignedLong(memory.get(ValueLayout.JAVA_INT, offset));
  }

  private static long u64(MemorySegment memory, long offset) {
    return memory.get(ValueLayout.JAVA_LONG, offset);
  }
}
