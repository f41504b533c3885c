// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.abi.tcp_probe_info;

/**
 * What a record adds to those before it of the same connection: its totals minus the reported ones.
 * Hot: allocates nothing, throws nothing.
 */
public final class RecordDifferences {
  private RecordDifferences() {}

  public static long sentBytes(ConnectionRecord connection) {
    return connection.sentBytes() - connection.reportedSentBytes();
  }

  public static long receivedBytes(ConnectionRecord connection) {
    return connection.receivedBytes() - connection.reportedReceivedBytes();
  }

  public static long segsOut(ConnectionRecord connection) {
    return wrapped(connection.segsOut() - connection.reportedSegsOut());
  }

  public static long segsIn(ConnectionRecord connection) {
    return wrapped(connection.segsIn() - connection.reportedSegsIn());
  }

  public static long totalRetrans(ConnectionRecord connection) {
    return wrapped(connection.totalRetrans() - connection.reportedTotalRetrans());
  }

  /** Segments are 32 bits wide in the kernel, and wrap. */
  private static long wrapped(long difference) {
    return difference & 0xffff_ffffL;
  }

  /** Whether one of them is negative. */
  static boolean isNegative(ConnectionRecord connection) {
    long sent = sentBytes(connection);
    long received = receivedBytes(connection);
    if ((sent | received) < 0) {
      return true;
    }
    int segments = (int) (segsOut(connection) | segsIn(connection) | totalRetrans(connection));
    // More than half of the range of segments would have moved as many bytes.
    return segments < 0 && sent + received <= Integer.MAX_VALUE;
  }

  /** Makes each of them 0: the totals count as reported. Segments are copied by twos. */
  public static void forget(ConnectionRecord connection) {
    connection.copyWord(
        tcp_probe_info.sent_bytes$offset(), tcp_probe_info.reported_sent_bytes$offset());
    connection.copyWord(
        tcp_probe_info.received_bytes$offset(), tcp_probe_info.reported_received_bytes$offset());
    connection.copyWord(
        tcp_probe_info.segs_out$offset(), tcp_probe_info.reported_segs_out$offset());
    connection.copyWord(
        tcp_probe_info.total_retrans$offset(), tcp_probe_info.reported_total_retrans$offset());
  }
}
