// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_fold;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Adds ends up as fold.h does, from their records; written without the code under test. */
final class FoldModel {
  private static final List<Long> DURATION_US =
      List.of(
          500L,
          1_000L,
          2_500L,
          5_000L,
          10_000L,
          20_000L,
          50_000L,
          100_000L,
          200_000L,
          500_000L,
          1_000_000L,
          2_000_000L,
          5_000_000L,
          10_000_000L,
          30_000_000L,
          60_000_000L,
          120_000_000L,
          300_000_000L,
          900_000_000L,
          3_600_000_000L,
          21_600_000_000L);
  private static final List<Long> RTT_US =
      List.of(
          50L,
          100L,
          250L,
          500L,
          1_000L,
          2_000L,
          5_000L,
          10_000L,
          25_000L,
          50_000L,
          100_000L,
          250_000L,
          500_000L,
          1_000_000L);
  private static final List<Long> HANDSHAKE_US =
      List.of(
          100L,
          250L,
          500L,
          1_000L,
          2_500L,
          5_000L,
          10_000L,
          25_000L,
          50_000L,
          100_000L,
          250_000L,
          500_000L,
          1_000_000L,
          3_000_000L,
          7_000_000L,
          15_000_000L,
          31_000_000L,
          63_000_000L);

  private final MemorySegment sums;

  FoldModel(MemorySegment sums) {
    this.sums = sums;
  }

  void add(ConnectionRecord end) {
    if (end.kind() == RecordKind.FAILED) {
      add(tcp_probe_fold.failed$offset(), 1);
      addHandshake(end.durationNs());
    } else {
      addClose(end);
    }
    addTotals(end);
    addDelays(end);
  }

  private void addClose(ConnectionRecord close) {
    boolean older = close.preexisting();
    if (!close.openReported()) {
      add(older ? tcp_probe_fold.adopted$offset() : tcp_probe_fold.opened$offset(), 1);
    }
    add(older ? tcp_probe_fold.adopted_closed$offset() : tcp_probe_fold.closed$offset(), 1);
    if (!older) {
      addTime(
          tcp_probe_fold.duration_count$offset(),
          tcp_probe_fold.duration_sum_ns$offset(),
          DURATION_US,
          close.durationNs());
    }
    boolean first = close.reportedSegsIn() == 0 && close.reportedSegsOut() == 0;
    if (first && close.direction() == 2 && close.handshakeUs() != 0) {
      addHandshake(close.handshakeUs() * 1000);
    }
    if (close.synRetransmits() == 0) {
      addRoundTrips(close);
    }
  }

  private void addRoundTrips(ConnectionRecord close) {
    if (close.srttEighthUs() != 0) {
      addTime(
          tcp_probe_fold.rtt_count$offset(),
          tcp_probe_fold.rtt_sum_ns$offset(),
          RTT_US,
          close.srttEighthUs() * 125);
    }
    if (close.rttMinUs() != 0) {
      addTime(
          tcp_probe_fold.min_rtt_count$offset(),
          tcp_probe_fold.min_rtt_sum_ns$offset(),
          RTT_US,
          close.rttMinUs() * 1000);
    }
  }

  private void addHandshake(long ns) {
    addTime(
        tcp_probe_fold.handshake_count$offset(),
        tcp_probe_fold.handshake_sum_ns$offset(),
        HANDSHAKE_US,
        ns);
  }

  private void addTotals(ConnectionRecord end) {
    add(tcp_probe_fold.sent_bytes$offset(), end.sentBytes() - end.reportedSentBytes());
    add(tcp_probe_fold.received_bytes$offset(), end.receivedBytes() - end.reportedReceivedBytes());
    add(tcp_probe_fold.segs_out$offset(), u32(end.segsOut() - end.reportedSegsOut()));
    add(tcp_probe_fold.segs_in$offset(), u32(end.segsIn() - end.reportedSegsIn()));
    add(
        tcp_probe_fold.total_retrans$offset(),
        u32(end.totalRetrans() - end.reportedTotalRetrans()));
    add(tcp_probe_fold.lost$offset(), u32(end.lost() - end.reportedLost()));
  }

  private void addDelays(ConnectionRecord end) {
    add(
        tcp_probe_fold.network_limited_ms$offset(),
        u32(end.networkLimitedMs() - end.reportedNetworkLimitedMs()));
    add(
        tcp_probe_fold.receiver_limited_ms$offset(),
        u32(end.receiverLimitedMs() - end.reportedReceiverLimitedMs()));
    add(
        tcp_probe_fold.send_buffer_limited_ms$offset(),
        u32(end.sendBufferLimitedMs() - end.reportedSendBufferLimitedMs()));
    add(tcp_probe_fold.stalled_ms$offset(), u32(end.stalledMs() - end.reportedStalledMs()));
    add(tcp_probe_fold.timeouts$offset(), end.timeouts() - end.reportedTimeouts() & 0xffff);
    add(
        tcp_probe_fold.spurious_retransmits$offset(),
        u32(end.spuriousRetransmits() - end.reportedSpuriousRetransmits()));
    add(
        tcp_probe_fold.out_of_order_segments$offset(),
        u32(end.outOfOrderSegments() - end.reportedOutOfOrderSegments()));
    boolean stalled = (end.reportedFlags() & ProbeAbi.TCP_PROBE_STALLED()) != 0;
    boolean waits = (end.reportedFlags() & ProbeAbi.TCP_PROBE_NOT_ACCEPTED()) != 0;
    add(tcp_probe_fold.stalled_ended$offset(), stalled ? 1 : 0);
    add(tcp_probe_fold.not_accepted_ended$offset(), waits ? 1 : 0);
  }

  private static long u32(long difference) {
    return difference & 0xffff_ffffL;
  }

  private void addTime(long counts, long sumsNs, List<Long> boundsUs, long ns) {
    long bucket = boundsUs.stream().filter(bound -> ns > bound * 1000).count();
    add(counts + bucket * Long.BYTES, 1);
    add(sumsNs + bucket * Long.BYTES, ns);
  }

  private void add(long offset, long amount) {
    sums.set(ValueLayout.JAVA_LONG, offset, sums.get(ValueLayout.JAVA_LONG, offset) + amount);
  }
}
