// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.record.RecordDifferences;
import java.util.concurrent.TimeUnit;

/** Adds the times of connections to the histograms of their series. Hot: adds only. */
final class ConnectionTimes {
  /**
   * So many acknowledged bytes take 128 acknowledgements, since an ACK waits for no more than two
   * segments of 64 KiB. Each leaves 7/8 of an error in the smoothed round-trip time; all of them
   * leave 40 ns of a second.
   */
  static final long SETTLED_BYTES = 1 << 24;

  private ConnectionTimes() {}

  /**
   * Takes any record but an open.
   *
   * @param error null if it ended well, or has not ended
   */
  static void add(ConnectionRecord connection, ErrorType error, SeriesTimes to) {
    RecordKind kind = connection.kind();
    if (kind == RecordKind.FAILED) {
      if (isClient(connection)) {
        to.handshake(error).record(connection.durationNs());
      }
      return;
    }
    addHandshake(connection, to);
    if (kind == RecordKind.CLOSE) {
      addEnd(connection, error, to);
    } else if (kind == RecordKind.UPDATE && hasNewSamples(connection)) {
      to.rtt().record(connection.srttNs());
    }
  }

  private static boolean isClient(ConnectionRecord connection) {
    return ConnectionRole.of(connection) == ConnectionRole.CLIENT;
  }

  /** With the first report of totals, since the open does not tell whether it saw the connect(). */
  private static void addHandshake(ConnectionRecord connection, SeriesTimes to) {
    if (connection.handshakeUs() != 0
        && RecordDifferences.isFirst(connection)
        && isClient(connection)) {
      to.handshake(null).record(TimeUnit.MICROSECONDS.toNanos(connection.handshakeUs()));
    }
  }

  /** An older connection did not begin under our eyes: its lifetime is not known. */
  private static void addEnd(ConnectionRecord connection, ErrorType error, SeriesTimes to) {
    if (!connection.preexisting()) {
      to.duration(error).record(connection.durationNs());
    }
    // The first sample after a lost SYN-ACK counts from the first one (tcp_synack_rtt_meas()), and
    // that after a lost SYN is in whole ms.
    if (connection.synRetransmits() != 0) {
      return;
    }
    if (connection.srttNs() != 0) {
      to.rtt().record(connection.srttNs());
    }
    if (connection.rttMinUs() != 0) {
      to.minRtt().record(TimeUnit.MICROSECONDS.toNanos(connection.rttMinUs()));
    }
  }

  /**
   * Acknowledged payload gives samples, and so does the handshake. Once a side has closed, reports
   * repeat the last value, which the end counts.
   */
  private static boolean hasNewSamples(ConnectionRecord connection) {
    return connection.closedBy() == 0
        && connection.srttNs() != 0
        && (RecordDifferences.sentBytes(connection) != 0 || RecordDifferences.isFirst(connection))
        && (connection.synRetransmits() == 0 || connection.sentBytes() >= SETTLED_BYTES);
  }

  /** Adds ends that the kernel has added up. Not hot. */
  static void add(FoldedEnds ends, SeriesTimes to) {
    ErrorType error = ends.error();
    ErrorType failure = ends.isEstablished() ? null : error;
    for (int bucket = 0; bucket <= Instrument.CONNECTION_DURATION.boundaries().size(); bucket++) {
      long count = ends.durationCount(bucket);
      if (count != 0) {
        to.duration(error).addFolded(bucket, count, ends.durationSumNs(bucket));
      }
    }
    for (int bucket = 0; bucket <= Instrument.HANDSHAKE_DURATION.boundaries().size(); bucket++) {
      long count = ends.handshakeCount(bucket);
      if (count != 0) {
        to.handshake(failure).addFolded(bucket, count, ends.handshakeSumNs(bucket));
      }
    }
    addRoundTrips(ends, to);
  }

  private static void addRoundTrips(FoldedEnds ends, SeriesTimes to) {
    for (int bucket = 0; bucket <= Instrument.RTT.boundaries().size(); bucket++) {
      if (ends.rttCount(bucket) != 0) {
        to.rtt().addFolded(bucket, ends.rttCount(bucket), ends.rttSumNs(bucket));
      }
      if (ends.minRttCount(bucket) != 0) {
        to.minRtt().addFolded(bucket, ends.minRttCount(bucket), ends.minRttSumNs(bucket));
      }
    }
  }
}
