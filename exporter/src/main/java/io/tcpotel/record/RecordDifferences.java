// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;

/**
 * What a record adds to those before it of the same connection: its totals minus the reported ones.
 * Hot: allocates nothing, throws nothing.
 */
public final class RecordDifferences {
  private RecordDifferences() {}

  /** Whether no record before it has reported totals: an established connection has segments. */
  public static boolean isFirst(ConnectionRecord connection) {
    return (connection.reportedSegsOut() | connection.reportedSegsIn()) == 0;
  }

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

  public static long lost(ConnectionRecord connection) {
    return wrapped(connection.lost() - connection.reportedLost());
  }

  public static long networkLimitedMs(ConnectionRecord connection) {
    return wrapped(connection.networkLimitedMs() - connection.reportedNetworkLimitedMs());
  }

  public static long receiverLimitedMs(ConnectionRecord connection) {
    return wrapped(connection.receiverLimitedMs() - connection.reportedReceiverLimitedMs());
  }

  public static long sendBufferLimitedMs(ConnectionRecord connection) {
    return wrapped(connection.sendBufferLimitedMs() - connection.reportedSendBufferLimitedMs());
  }

  public static long stalledMs(ConnectionRecord connection) {
    return wrapped(connection.stalledMs() - connection.reportedStalledMs());
  }

  public static long spuriousRetransmits(ConnectionRecord connection) {
    return wrapped(connection.spuriousRetransmits() - connection.reportedSpuriousRetransmits());
  }

  public static long outOfOrderSegments(ConnectionRecord connection) {
    return wrapped(connection.outOfOrderSegments() - connection.reportedOutOfOrderSegments());
  }

  /** 16 bits wide. */
  public static long timeouts(ConnectionRecord connection) {
    return connection.timeouts() - connection.reportedTimeouts() & 0xffff;
  }

  /** 1 if it begins to be stalled, -1 if that is over: the end of a connection is the end of it. */
  public static int stalled(ConnectionRecord connection) {
    return present(connection, ProbeAbi.TCP_PROBE_STALLED());
  }

  /** Likewise, to wait for accept(). */
  public static int notAccepted(ConnectionRecord connection) {
    return present(connection, ProbeAbi.TCP_PROBE_NOT_ACCEPTED());
  }

  private static int present(ConnectionRecord connection, int flag) {
    RecordKind kind = connection.kind();
    boolean ended = kind == RecordKind.CLOSE || kind == RecordKind.FAILED;
    int now = ended ? 0 : connection.flags();
    return Integer.signum(now & flag) - Integer.signum(connection.reportedFlags() & flag);
  }

  /** These are 32 bits wide in the kernel, and wrap; milliseconds after 49 days. */
  private static long wrapped(long difference) {
    return difference & 0xffff_ffffL;
  }

  /** Whether one of them is negative. No delay has half of its range between two records. */
  static boolean isNegative(ConnectionRecord connection) {
    long sent = sentBytes(connection);
    long received = receivedBytes(connection);
    if ((sent | received) < 0) {
      return true;
    }
    int delays =
        (int)
            (networkLimitedMs(connection)
                | receiverLimitedMs(connection)
                | sendBufferLimitedMs(connection)
                | stalledMs(connection)
                | spuriousRetransmits(connection)
                | outOfOrderSegments(connection));
    if (delays < 0 || (short) timeouts(connection) < 0) {
      return true;
    }
    int segments = (int) (segsOut(connection) | segsIn(connection) | totalRetrans(connection));
    // More than half of the range of segments would have moved as many bytes.
    return segments < 0 && sent + received <= Integer.MAX_VALUE;
  }

  /**
   * Makes each of them 0: the totals count as reported. All but bytes are copied by twos. What it
   * waits for now stays: its end takes away what was reported.
   */
  public static void forget(ConnectionRecord connection) {
    connection.copyWord(
        tcp_probe_info.sent_bytes$offset(), tcp_probe_info.reported_sent_bytes$offset());
    connection.copyWord(
        tcp_probe_info.received_bytes$offset(), tcp_probe_info.reported_received_bytes$offset());
    connection.copyWord(
        tcp_probe_info.segs_out$offset(), tcp_probe_info.reported_segs_out$offset());
    connection.copyWord(
        tcp_probe_info.total_retrans$offset(), tcp_probe_info.reported_total_retrans$offset());
    connection.copyWord(
        tcp_probe_info.network_limited_ms$offset(),
        tcp_probe_info.reported_network_limited_ms$offset());
    connection.copyWord(
        tcp_probe_info.send_buffer_limited_ms$offset(),
        tcp_probe_info.reported_send_buffer_limited_ms$offset());
    connection.copyWord(
        tcp_probe_info.spurious_retransmits$offset(),
        tcp_probe_info.reported_spurious_retransmits$offset());
    connection.copyShort(
        tcp_probe_info.timeouts$offset(), tcp_probe_info.reported_timeouts$offset());
  }
}
