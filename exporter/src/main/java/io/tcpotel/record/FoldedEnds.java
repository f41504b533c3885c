// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_fold;
import io.tcpotel.bpf.abi.tcp_probe_fold_key;
import java.lang.foreign.MemorySegment;

/**
 * Ends of connections that found the ring full, added up by the kernel under what their metrics'
 * attributes follow from: a view of a {@code struct tcp_probe_fold_key} and a {@code struct
 * tcp_probe_fold}.
 */
public final class FoldedEnds {
  private MemorySegment key = MemorySegment.NULL;
  private MemorySegment sums = MemorySegment.NULL;

  /** Moves the view. */
  public FoldedEnds at(MemorySegment key, MemorySegment sums) {
    this.key = key;
    this.sums = sums;
    return this;
  }

  /** Whether these are of all kinds together but for the role: no entry could be made for them. */
  public boolean isRest() {
    return tcp_probe_fold_key.overflow(key) == ProbeAbi.TCP_PROBE_REST();
  }

  /** Whether these are of ports that found no entry of their own. */
  public boolean isOverflow() {
    return tcp_probe_fold_key.overflow(key) != 0;
  }

  /** 0 if they are of cgroups that found no entry of their own. */
  public long cgroupId() {
    return tcp_probe_fold_key.cgroup_id(key);
  }

  public ConnectionRole role() {
    return ConnectionRole.of(tcp_probe_fold_key.direction(key));
  }

  /** 0 if these are of ports that found no entry of their own. */
  public int serverPort() {
    return Short.toUnsignedInt(tcp_probe_fold_key.server_port(key));
  }

  /** Whether they are of connections that were established; not if they are of all kinds. */
  public boolean isEstablished() {
    return tcp_probe_fold_key.conn_success(key) != 0;
  }

  /** The error of all of them; null if they ended well, or if they are of all kinds. */
  public ErrorType error() {
    return isRest()
        ? null
        : ErrorType.of(
            tcp_probe_fold_key.conn_success(key) != 0,
            Short.toUnsignedInt(tcp_probe_fold_key.sk_err(key)),
            tcp_probe_fold_key.previous_state(key),
            tcp_probe_fold_key.fin_received(key) != 0,
            tcp_probe_fold_key.has_unacked_bytes(key) != 0,
            tcp_probe_fold_key.has_unread_bytes(key) != 0);
  }

  /** Those whose open no record had reported. */
  public long opened() {
    return tcp_probe_fold.opened(sums);
  }

  /** Ends of connections that were established. */
  public long closed() {
    return tcp_probe_fold.closed(sums);
  }

  /** Connects that failed. */
  public long failed() {
    return tcp_probe_fold.failed(sums);
  }

  /** Connections older than the program whose adoption no record had reported. */
  public long adopted() {
    return tcp_probe_fold.adopted(sums);
  }

  /** Ends of connections older than the program; not in {@link #closed}. */
  public long adoptedClosed() {
    return tcp_probe_fold.adopted_closed(sums);
  }

  /** All that begin here. */
  public long begun() {
    return opened() + adopted();
  }

  /** All that end here, and were established. */
  public long ended() {
    return closed() + adoptedClosed();
  }

  public long sentBytes() {
    return tcp_probe_fold.sent_bytes(sums);
  }

  public long receivedBytes() {
    return tcp_probe_fold.received_bytes(sums);
  }

  public long segsOut() {
    return tcp_probe_fold.segs_out(sums);
  }

  public long segsIn() {
    return tcp_probe_fold.segs_in(sums);
  }

  public long totalRetrans() {
    return tcp_probe_fold.total_retrans(sums);
  }

  public long lost() {
    return tcp_probe_fold.lost(sums);
  }

  public long networkLimitedMs() {
    return tcp_probe_fold.network_limited_ms(sums);
  }

  public long receiverLimitedMs() {
    return tcp_probe_fold.receiver_limited_ms(sums);
  }

  public long sendBufferLimitedMs() {
    return tcp_probe_fold.send_buffer_limited_ms(sums);
  }

  public long stalledMs() {
    return tcp_probe_fold.stalled_ms(sums);
  }

  public long timeouts() {
    return tcp_probe_fold.timeouts(sums);
  }

  public long spuriousRetransmits() {
    return tcp_probe_fold.spurious_retransmits(sums);
  }

  public long outOfOrderSegments() {
    return tcp_probe_fold.out_of_order_segments(sums);
  }

  /** Ends of connections that the last record of each had said to be stalled. */
  public long stalledEnded() {
    return tcp_probe_fold.stalled_ended(sums);
  }

  /** Likewise, to wait for accept(). */
  public long notAcceptedEnded() {
    return tcp_probe_fold.not_accepted_ended(sums);
  }

  public long durationCount(int bucket) {
    return tcp_probe_fold.duration_count(sums, bucket);
  }

  public long durationSumNs(int bucket) {
    return tcp_probe_fold.duration_sum_ns(sums, bucket);
  }

  public long rttCount(int bucket) {
    return tcp_probe_fold.rtt_count(sums, bucket);
  }

  public long rttSumNs(int bucket) {
    return tcp_probe_fold.rtt_sum_ns(sums, bucket);
  }

  public long minRttCount(int bucket) {
    return tcp_probe_fold.min_rtt_count(sums, bucket);
  }

  public long minRttSumNs(int bucket) {
    return tcp_probe_fold.min_rtt_sum_ns(sums, bucket);
  }

  /** Of clients, with those that failed. */
  public long handshakeCount(int bucket) {
    return tcp_probe_fold.handshake_count(sums, bucket);
  }

  public long handshakeSumNs(int bucket) {
    return tcp_probe_fold.handshake_sum_ns(sums, bucket);
  }
}
