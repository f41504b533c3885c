// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import io.tcpotel.bpf.abi.tcp_probe_settings;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/**
 * The settings that the kernel programs are given at load.
 *
 * @param ringBytes size of the ring: a power of two and at least a page
 * @param wakeupBytes fill of the ring from which on one record wakes the reader
 * @param reportKinds the kinds of records to report
 * @param ownConnections whether this process' own connections are reported
 * @param filter which connections are wanted
 * @param liveReports when live connections are reported
 * @param buckets of the ends that the kernel folds
 */
public record ProbeSettings(
    long ringBytes,
    long wakeupBytes,
    Set<RecordKind> reportKinds,
    boolean ownConnections,
    ConnectionFilter filter,
    LiveReports liveReports,
    FoldBuckets buckets) {
  public static final long DEFAULT_RING_BYTES = 1 << 20;

  private static final long SMALLEST_RING_BYTES = 4096;

  /**
   * The kernel keeps lengths in the ring in 30 bits and positions are mapped twice
   * (RINGBUF_MAX_DATA_SZ).
   */
  private static final long LARGEST_RING_BYTES = 1L << 30;

  public ProbeSettings {
    boolean powerOfTwo = Long.bitCount(ringBytes) == 1;
    if (!powerOfTwo || ringBytes < SMALLEST_RING_BYTES || ringBytes > LARGEST_RING_BYTES) {
      throw Failure.usage(
          Setting.RING_SIZE,
          ringBytes + " bytes is no power of two from 4KiB to 1GiB",
          "write 64KiB, 1MiB (the default), 4MiB or the like");
    }
  }

  /**
   * All kinds, the reader woken at half the ring's size, everything wanted, nothing reported while
   * it lives.
   */
  public static ProbeSettings of(long ringBytes, boolean ownConnections) {
    return new ProbeSettings(
        ringBytes,
        ringBytes / 2,
        EnumSet.allOf(RecordKind.class),
        ownConnections,
        ConnectionFilter.NONE,
        LiveReports.NONE,
        FoldBuckets.NONE);
  }

  public ProbeSettings withWakeupBytes(long bytes) {
    return new ProbeSettings(
        ringBytes, bytes, reportKinds, ownConnections, filter, liveReports, buckets);
  }

  public ProbeSettings withReportKinds(Set<RecordKind> kinds) {
    return new ProbeSettings(
        ringBytes, wakeupBytes, kinds, ownConnections, filter, liveReports, buckets);
  }

  public ProbeSettings withFilter(ConnectionFilter wanted) {
    return new ProbeSettings(
        ringBytes, wakeupBytes, reportKinds, ownConnections, wanted, liveReports, buckets);
  }

  public ProbeSettings withLiveReports(LiveReports reports) {
    return new ProbeSettings(
        ringBytes, wakeupBytes, reportKinds, ownConnections, filter, reports, buckets);
  }

  public ProbeSettings withBuckets(FoldBuckets bounds) {
    return new ProbeSettings(
        ringBytes, wakeupBytes, reportKinds, ownConnections, filter, liveReports, bounds);
  }

  private static int bits(Set<RecordKind> kinds) {
    return kinds.stream().mapToInt(kind -> 1 << kind.number()).sum();
  }

  /** Writes them where the kernel programs look: {@code rodata} is a {@link tcp_probe_settings}. */
  void write(MemorySegment rodata) {
    tcp_probe_settings.report_kinds(rodata, bits(reportKinds));
    tcp_probe_settings.wakeup_bytes(rodata, Math.toIntExact(wakeupBytes));
    tcp_probe_settings.own_connections(rodata, ownConnections ? 1 : 0);
    tcp_probe_settings.report_unchanged(rodata, liveReports.unchanged() ? 1 : 0);
    tcp_probe_settings.report_interval_ns(rodata, liveReports.intervalNs());
    for (int i = 0; i < buckets.durationNs().size(); i++) {
      tcp_probe_settings.duration_bounds_ns(rodata, i, buckets.durationNs().get(i));
    }
    for (int i = 0; i < buckets.rttNs().size(); i++) {
      tcp_probe_settings.rtt_bounds_ns(rodata, i, buckets.rttNs().get(i));
    }
    for (int i = 0; i < buckets.handshakeNs().size(); i++) {
      tcp_probe_settings.handshake_bounds_ns(rodata, i, buckets.handshakeNs().get(i));
    }
  }
}
