// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_tuple;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One {@code struct tcp_probe_info}, taken from the ring as words: each look into a {@code
 * MemorySegment} takes some 13 ns as long as C1 alone compiles, as in the agent, and a record is
 * looked at forty times; with C2 the copy takes no longer than it saves. The accessors bear the
 * names of the C header, which says what each field means; numbers that are unsigned there are
 * widened here. Hot: allocates nothing, throws nothing.
 */
public final class ConnectionRecord {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final long LOCAL_ADDRESS =
      tcp_probe_info.tuple$offset() + tcp_probe_tuple.local_address$offset();
  private static final long PEER_ADDRESS =
      tcp_probe_info.tuple$offset() + tcp_probe_tuple.peer_address$offset();
  private static final long LOCAL_PORT =
      tcp_probe_info.tuple$offset() + tcp_probe_tuple.local_port$offset();
  private static final long PEER_PORT =
      tcp_probe_info.tuple$offset() + tcp_probe_tuple.peer_port$offset();

  /** AF_INET of the record's {@link #type}. */
  public static final int IPV4 = 2;

  /** AF_INET6 of the record's {@link #type}. */
  public static final int IPV6 = 10;

  private final long[] words = new long[(int) tcp_probe_info.sizeof() / Long.BYTES];

  /** Copies the record that begins at {@code offset}; nothing of one that is cut off there. */
  public ConnectionRecord copyFrom(MemorySegment data, long offset) {
    if (data.byteSize() - offset >= tcp_probe_info.sizeof()) {
      MemorySegment.copy(data, LONG, offset, words, 0, words.length);
    }
    return this;
  }

  /** Copies the record's {@code struct tcp_probe_info} to {@code offset} of {@code data}. */
  public void copyTo(MemorySegment data, long offset) {
    MemorySegment.copy(words, 0, data, LONG, offset, words.length);
  }

  /** Whether {@code length} bytes from here on are a record that this program can read. */
  public RecordCheck check(int length) {
    if (length != tcp_probe_info.sizeof() || u16(tcp_probe_info.size$offset()) != length) {
      return RecordCheck.TRUNCATED;
    }
    boolean known =
        u16(tcp_probe_info.version$offset()) == ProbeAbi.TCP_PROBE_VERSION()
            && kind() != null
            && (type() == IPV4 || type() == IPV6);
    return known ? RecordCheck.OK : RecordCheck.UNKNOWN_TYPE;
  }

  private int u8(long offset) {
    return (int) (words[(int) offset >> 3] >>> 8 * (offset & 7)) & 0xff;
  }

  private int u16(long offset) {
    return (int) (words[(int) offset >> 3] >>> 8 * (offset & 7)) & 0xffff;
  }

  private long u32(long offset) {
    return words[(int) offset >> 3] >>> 8 * (offset & 7) & 0xffff_ffffL;
  }

  private long u64(long offset) {
    return words[(int) offset >> 3];
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

  public int localPort() {
    return u16(LOCAL_PORT);
  }

  public int peerPort() {
    return u16(PEER_PORT);
  }

  /**
   * Writes the local address as text into {@code to} from {@code at} on; returns the index behind
   * it.
   */
  public int writeLocalAddress(byte[] to, int at) {
    return IpAddress.write(localAddress(0), localAddress(1), to, at);
  }

  /** Like {@link #writeLocalAddress}, for the peer. */
  public int writePeerAddress(byte[] to, int at) {
    return IpAddress.write(peerAddress(0), peerAddress(1), to, at);
  }

  /** The first or, with {@code half} 1, the second eight bytes of the local address, as stored. */
  public long localAddress(int half) {
    return words[(int) LOCAL_ADDRESS / 8 + half];
  }

  /** Like {@link #localAddress(int)}, for the peer. */
  public long peerAddress(int half) {
    return words[(int) PEER_ADDRESS / 8 + half];
  }

  /** How often the socket had connected before. */
  public long generation() {
    return u32(tcp_probe_info.generation$offset());
  }

  public long socketCookie() {
    return u64(tcp_probe_info.socket_cookie$offset());
  }

  /**
   * Names a connection until the next boot: the socket's cookie, with the generation of a socket
   * that connects again in the high 16 bits. Cookies count up from 1 and do not reach those.
   */
  public long connectionId() {
    return socketCookie() ^ generation() << 48;
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

  /** Allocates. */
  public String command() {
    return MemorySegment.ofArray(words).getString(tcp_probe_info.command$offset());
  }

  /** Allocates. */
  public String localAddressText() {
    return IpAddress.text(localAddress(0), localAddress(1));
  }

  /** Allocates. */
  public String peerAddressText() {
    return IpAddress.text(peerAddress(0), peerAddress(1));
  }
}
