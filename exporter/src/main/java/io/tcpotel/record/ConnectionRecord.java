// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import java.lang.foreign.MemorySegment;

/**
 * One {@code struct tcp_probe_info}. The accessors bear the names of the C header; unsigned numbers
 * are widened. Hot: allocates nothing, throws nothing.
 */
public final class ConnectionRecord extends RecordAddresses {
  /** AF_INET and AF_INET6 of the record's {@link #type}. */
  public static final int IPV4 = 2;

  public static final int IPV6 = 10;

  private PairKey pairKey;
  private PairIds pairIds;
  private boolean hasPairIds;

  /** Copies the record that begins at {@code offset}; nothing of one that is cut off there. */
  public ConnectionRecord copyFrom(MemorySegment data, long offset) {
    copyWords(data, offset);
    knowPeer();
    hasPairIds = false;
    return this;
  }

  /**
   * Its pair ids, computed when they are first asked for; they stand until the next copy. Allocates
   * once per key.
   */
  public PairIds pairIds(PairKey key) {
    if (key != pairKey) {
      pairKey = key;
      pairIds = key.newIds();
      hasPairIds = false;
    }
    if (!hasPairIds) {
      pairIds.take(this);
      hasPairIds = true;
    }
    return pairIds;
  }

  /** Whether {@code length} bytes from here on are a record that this program can read. */
  public RecordCheck check(int length) {
    return RecordCheck.of(this, length);
  }

  /** Null for a kind of a later version. */
  public RecordKind kind() {
    return RecordKind.of(u8(tcp_probe_info.kind$offset()));
  }

  /** {@link #IPV4} or {@link #IPV6}. */
  public int type() {
    return u8(tcp_probe_info.type$offset());
  }

  public int protocol() {
    return u8(tcp_probe_info.protocol$offset());
  }

  public int direction() {
    return u8(tcp_probe_info.direction$offset());
  }

  public int state() {
    return u8(tcp_probe_info.state$offset());
  }

  public int previousState() {
    return u8(tcp_probe_info.previous_state$offset());
  }

  public boolean connSuccess() {
    return u8(tcp_probe_info.conn_success$offset()) != 0;
  }

  public boolean openReported() {
    return u8(tcp_probe_info.open_reported$offset()) != 0;
  }

  public int closedBy() {
    return u8(tcp_probe_info.closed_by$offset());
  }

  public boolean finReceived() {
    return u8(tcp_probe_info.fin_received$offset()) != 0;
  }

  public int skErr() {
    return u16(tcp_probe_info.sk_err$offset());
  }

  /** How often the socket had connected before. */
  public long generation() {
    return u32(tcp_probe_info.generation$offset());
  }

  public long socketCookie() {
    return u64(tcp_probe_info.socket_cookie$offset());
  }

  /**
   * Identifies a connection until the next boot: the cookie, with the generation in its high 24
   * bits, which the cookies, counted from 1, do not reach: its low 16 bits above the next 8.
   */
  public long connectionId() {
    return socketCookie() ^ generation() << 48 ^ generation() >> 16 << 40;
  }

  public long netnsCookie() {
    return u64(tcp_probe_info.netns_cookie$offset());
  }

  public long cgroupId() {
    return u64(tcp_probe_info.cgroup_id$offset());
  }

  public long durationNs() {
    return u64(tcp_probe_info.duration$offset());
  }

  /** CLOCK_MONOTONIC. */
  public long closeNs() {
    return u64(tcp_probe_info.close_ns$offset());
  }

  public long sentBytes() {
    return u64(tcp_probe_info.sent_bytes$offset());
  }

  public long receivedBytes() {
    return u64(tcp_probe_info.received_bytes$offset());
  }

  public long reportedSentBytes() {
    return u64(tcp_probe_info.reported_sent_bytes$offset());
  }

  public long reportedReceivedBytes() {
    return u64(tcp_probe_info.reported_received_bytes$offset());
  }

  public long segsOut() {
    return u32(tcp_probe_info.segs_out$offset());
  }

  public long segsIn() {
    return u32(tcp_probe_info.segs_in$offset());
  }

  public long totalRetrans() {
    return u32(tcp_probe_info.total_retrans$offset());
  }

  public long lost() {
    return u32(tcp_probe_info.lost$offset());
  }

  public long reportedSegsOut() {
    return u32(tcp_probe_info.reported_segs_out$offset());
  }

  public long reportedSegsIn() {
    return u32(tcp_probe_info.reported_segs_in$offset());
  }

  public long reportedTotalRetrans() {
    return u32(tcp_probe_info.reported_total_retrans$offset());
  }

  public long reportedLost() {
    return u32(tcp_probe_info.reported_lost$offset());
  }

  public long lostOut() {
    return u32(tcp_probe_info.lost_out$offset());
  }

  public long unackedBytes() {
    return u32(tcp_probe_info.unacked_bytes$offset());
  }

  public long unreadBytes() {
    return u32(tcp_probe_info.unread_bytes$offset());
  }

  /** In 1/8 us, as the kernel keeps it; 0 without a sample. */
  public long srttEighthUs() {
    return u32(tcp_probe_info.srtt_us$offset());
  }

  /** In ns; 0 without a sample. The one place that divides by 8. */
  public long srttNs() {
    return srttEighthUs() * 125;
  }

  /** In us; 0 without a sample. */
  public long rttMinUs() {
    return u32(tcp_probe_info.rtt_min$offset());
  }

  public long mssCache() {
    return u32(tcp_probe_info.mss_cache$offset());
  }

  public long localIsn() {
    return u32(tcp_probe_info.local_isn$offset());
  }

  public long peerIsn() {
    return u32(tcp_probe_info.peer_isn$offset());
  }

  public boolean preexisting() {
    return u8(tcp_probe_info.preexisting$offset()) != 0;
  }

  public long pid() {
    return u32(tcp_probe_info.pid$offset());
  }

  /** Allocates, like the following. */
  public String command() {
    return text(tcp_probe_info.command$offset(), ProbeAbi.TCP_PROBE_COMMAND_LENGTH());
  }
}
