// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_listener;
import java.lang.foreign.MemorySegment;

/**
 * One {@code struct tcp_probe_listener}. The accessors bear the names of the C header; unsigned
 * numbers are widened. Hot: allocates nothing, throws nothing.
 */
public final class ListenerRecord extends RecordWords {
  /** Copies the record that begins at {@code offset}; nothing of one that is cut off there. */
  public ListenerRecord copyFrom(MemorySegment data, long offset) {
    copyWords(data, offset);
    return this;
  }

  /** Whether {@code length} bytes are a record that this program can read. */
  public RecordCheck check(int length) {
    // Size, version and type lie where every record has them.
    if (length != RecordKind.LISTENER.bytes() || u16(tcp_probe_info.size$offset()) != length) {
      return RecordCheck.TRUNCATED;
    }
    boolean known =
        u16(tcp_probe_info.version$offset()) == ProbeAbi.TCP_PROBE_VERSION()
            && u8(tcp_probe_info.kind$offset()) == RecordKind.LISTENER.number()
            && (type() == ConnectionRecord.IPV4 || type() == ConnectionRecord.IPV6);
    return known ? RecordCheck.OK : RecordCheck.UNKNOWN_TYPE;
  }

  /** {@link ConnectionRecord#IPV4} or {@link ConnectionRecord#IPV6}. */
  public int type() {
    return u8(tcp_probe_listener.type$offset());
  }

  public int port() {
    return u16(tcp_probe_listener.port$offset());
  }

  /** The first or, with {@code half} 1, the second eight bytes of the address, as stored. */
  public long address(int half) {
    return u64(tcp_probe_listener.address$offset() + Long.BYTES * half);
  }

  public long socketCookie() {
    return u64(tcp_probe_listener.socket_cookie$offset());
  }

  public long netnsCookie() {
    return u64(tcp_probe_listener.netns_cookie$offset());
  }

  public long cgroupId() {
    return u64(tcp_probe_listener.cgroup_id$offset());
  }

  /** Connections that wait for accept(). */
  public long backlog() {
    return u32(tcp_probe_listener.backlog$offset());
  }

  /** The most of them. */
  public long limit() {
    return u32(tcp_probe_listener.limit$offset());
  }

  /** Connections that found the queue full since the last record; the kernel counts in 32 bits. */
  public long newDrops() {
    long drops = u32(tcp_probe_listener.drops$offset());
    return drops - u32(tcp_probe_listener.reported_drops$offset()) & 0xffff_ffffL;
  }

  /** Handshakes under way. */
  public long halfOpen() {
    return u32(tcp_probe_listener.half_open$offset());
  }

  public long pid() {
    return u32(tcp_probe_listener.pid$offset());
  }

  /** Allocates. */
  public String command() {
    return text(tcp_probe_listener.command$offset(), ProbeAbi.TCP_PROBE_COMMAND_LENGTH());
  }
}
