// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;

/**
 * The fields of a record that tell what a connection waited for and who closed it. The accessors
 * bear the names of the C header, which defines each field. An open and an unobserved lack most of
 * them: these read as 0 there, and no flag is set. Hot: allocates nothing, throws nothing.
 */
abstract class RecordDetails extends RecordWords {
  /** Time in which data was on its way; in steps of the kernel's tick. */
  public final long networkLimitedMs() {
    return u32(tcp_probe_info.network_limited_ms$offset());
  }

  /** Time in which the peer's window was full. */
  public final long receiverLimitedMs() {
    return u32(tcp_probe_info.receiver_limited_ms$offset());
  }

  /** Time in which the send buffer was too small. */
  public final long sendBufferLimitedMs() {
    return u32(tcp_probe_info.send_buffer_limited_ms$offset());
  }

  /** Time from first timeouts to their recovery; absent unless {@link #hasTimeouts}. */
  public final long stalledMs() {
    return u32(tcp_probe_info.stalled_ms$offset());
  }

  public final long reportedNetworkLimitedMs() {
    return u32(tcp_probe_info.reported_network_limited_ms$offset());
  }

  public final long reportedReceiverLimitedMs() {
    return u32(tcp_probe_info.reported_receiver_limited_ms$offset());
  }

  public final long reportedSendBufferLimitedMs() {
    return u32(tcp_probe_info.reported_send_buffer_limited_ms$offset());
  }

  public final long reportedStalledMs() {
    return u32(tcp_probe_info.reported_stalled_ms$offset());
  }

  public final long spuriousRetransmits() {
    return u32(tcp_probe_info.spurious_retransmits$offset());
  }

  public final long outOfOrderSegments() {
    return u32(tcp_probe_info.out_of_order_segments$offset());
  }

  public final long reportedSpuriousRetransmits() {
    return u32(tcp_probe_info.reported_spurious_retransmits$offset());
  }

  public final long reportedOutOfOrderSegments() {
    return u32(tcp_probe_info.reported_out_of_order_segments$offset());
  }

  /** Absent unless {@link #hasTimeouts}. */
  public final int timeouts() {
    return u16(tcp_probe_info.timeouts$offset());
  }

  public final int reportedTimeouts() {
    return u16(tcp_probe_info.reported_timeouts$offset());
  }

  /** Bits of {@code enum tcp_probe_flags}. */
  public final int flags() {
    return u16(tcp_probe_info.flags$offset());
  }

  public final int reportedFlags() {
    return u16(tcp_probe_info.reported_flags$offset());
  }

  /** 0 if unknown. */
  public final long handshakeUs() {
    return u32(tcp_probe_info.handshake_us$offset());
  }

  public final long reorderings() {
    return u32(tcp_probe_info.reorderings$offset());
  }

  public final long deliveredCe() {
    return u32(tcp_probe_info.delivered_ce$offset());
  }

  /** In 1/4 us, as the kernel keeps it; 0 without a sample. */
  public final long mdevQuarterUs() {
    return u32(tcp_probe_info.mdev_us$offset());
  }

  /** In segments. */
  public final long sndCwnd() {
    return u32(tcp_probe_info.snd_cwnd$offset());
  }

  /** Absent unless {@link #hasSent}. */
  public final long transmitIdleMs() {
    return u32(tcp_probe_info.transmit_idle_ms$offset());
  }

  /** Absent unless {@link #hasReceived}. */
  public final long receiveIdleMs() {
    return u32(tcp_probe_info.receive_idle_ms$offset());
  }

  /** Absent unless {@link #hasUid}. */
  public final long uid() {
    return u32(tcp_probe_info.uid$offset());
  }

  /**
   * The number of this report among the connection's, from 0 on: also those have one for which the
   * ring had no room. Absent unless {@link #hasSequence}.
   */
  public final long sequence() {
    return u32(tcp_probe_info.sequence$offset());
  }

  /** 0 if no local process closed. */
  public final long closerCgroupId() {
    return u64(tcp_probe_info.closer_cgroup_id$offset());
  }

  /** 0 if no local process closed. */
  public final long closerPid() {
    return u32(tcp_probe_info.closer_pid$offset());
  }

  /** 255: or more. */
  public final int synRetransmits() {
    return u8(tcp_probe_info.syn_retransmits$offset());
  }

  public final int timeoutsInARow() {
    return u8(tcp_probe_info.timeouts_in_a_row$offset());
  }

  public final int windowProbes() {
    return u8(tcp_probe_info.window_probes$offset());
  }

  /** The threshold with which it was kept; {@link SamplingThreshold#NONE} if nothing is thinned. */
  public final long samplingThreshold() {
    return u32(tcp_probe_info.sampling$offset()) - 1;
  }

  /** Notes it in this copy, which has the length of the longer kinds from then on. */
  public final void keepWith(long samplingThreshold) {
    setU16(tcp_probe_info.size$offset(), (int) tcp_probe_info.sizeof());
    setU32(tcp_probe_info.sampling$offset(), samplingThreshold + 1);
  }

  private boolean hasFlag(int flag) {
    return (flags() & flag) != 0;
  }

  public final boolean isStalled() {
    return hasFlag(ProbeAbi.TCP_PROBE_STALLED());
  }

  public final boolean isNotAccepted() {
    return hasFlag(ProbeAbi.TCP_PROBE_NOT_ACCEPTED());
  }

  public final boolean hasTimeouts() {
    return hasFlag(ProbeAbi.TCP_PROBE_HAS_TIMEOUTS());
  }

  public final boolean hasSent() {
    return hasFlag(ProbeAbi.TCP_PROBE_HAS_SENT());
  }

  public final boolean hasReceived() {
    return hasFlag(ProbeAbi.TCP_PROBE_HAS_RECEIVED());
  }

  public final boolean hasUid() {
    return hasFlag(ProbeAbi.TCP_PROBE_HAS_UID());
  }

  public final boolean hasSequence() {
    return hasFlag(ProbeAbi.TCP_PROBE_HAS_SEQUENCE());
  }

  /** Writes the owner's name to the beginning of {@code to}; returns its length, 0 if unknown. */
  public final int writeCommand(byte[] to) {
    return writeText(tcp_probe_info.command$offset(), ProbeAbi.TCP_PROBE_COMMAND_LENGTH(), to);
  }

  /** Likewise, the closer's. */
  public final int writeCloserCommand(byte[] to) {
    return writeText(
        tcp_probe_info.closer_command$offset(), ProbeAbi.TCP_PROBE_COMMAND_LENGTH(), to);
  }

  /** Allocates, like the following. Empty if no local process closed. */
  public final String closerCommand() {
    return text(tcp_probe_info.closer_command$offset(), ProbeAbi.TCP_PROBE_COMMAND_LENGTH());
  }

  /** Empty if unknown. */
  public final String congestion() {
    return text(tcp_probe_info.congestion$offset(), ProbeAbi.TCP_PROBE_CONGESTION_LENGTH());
  }
}
