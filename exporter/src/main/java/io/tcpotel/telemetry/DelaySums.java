// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.record.RecordDifferences;

/**
 * Adds to a series what connections have waited for, and signs of loss. The time of the application
 * is not among it: it is what is left of a duration, and takes back what a later record adds to the
 * others, which no counter can. Hot: adds only.
 */
final class DelaySums {
  private DelaySums() {}

  /** Adds what no earlier record of the connection has reported. */
  static void add(ConnectionRecord connection, ConnectionSeries to) {
    add(to, ConnectionSeries.LOST, RecordDifferences.lost(connection));
    add(to, ConnectionSeries.NETWORK_LIMITED_MS, RecordDifferences.networkLimitedMs(connection));
    add(to, ConnectionSeries.RECEIVER_LIMITED_MS, RecordDifferences.receiverLimitedMs(connection));
    add(
        to,
        ConnectionSeries.SEND_BUFFER_LIMITED_MS,
        RecordDifferences.sendBufferLimitedMs(connection));
    add(to, ConnectionSeries.STALLED_MS, RecordDifferences.stalledMs(connection));
    add(to, ConnectionSeries.TIMEOUTS, RecordDifferences.timeouts(connection));
    add(
        to,
        ConnectionSeries.SPURIOUS_RETRANSMITS,
        RecordDifferences.spuriousRetransmits(connection));
    add(
        to,
        ConnectionSeries.OUT_OF_ORDER_SEGMENTS,
        RecordDifferences.outOfOrderSegments(connection));
  }

  /** Adds whether the connection waits now, of any kind of record. */
  static void addPresent(ConnectionRecord connection, ConnectionSeries to) {
    add(to, ConnectionSeries.STALLED, RecordDifferences.stalled(connection));
    add(to, ConnectionSeries.NOT_ACCEPTED, RecordDifferences.notAccepted(connection));
  }

  static void add(FoldedEnds ends, ConnectionSeries to) {
    to.add(ConnectionSeries.LOST, ends.lost());
    to.add(ConnectionSeries.NETWORK_LIMITED_MS, ends.networkLimitedMs());
    to.add(ConnectionSeries.RECEIVER_LIMITED_MS, ends.receiverLimitedMs());
    to.add(ConnectionSeries.SEND_BUFFER_LIMITED_MS, ends.sendBufferLimitedMs());
    to.add(ConnectionSeries.STALLED_MS, ends.stalledMs());
    to.add(ConnectionSeries.TIMEOUTS, ends.timeouts());
    to.add(ConnectionSeries.SPURIOUS_RETRANSMITS, ends.spuriousRetransmits());
    to.add(ConnectionSeries.OUT_OF_ORDER_SEGMENTS, ends.outOfOrderSegments());
    to.add(ConnectionSeries.STALLED, -ends.stalledEnded());
    to.add(ConnectionSeries.NOT_ACCEPTED, -ends.notAcceptedEnded());
  }

  /** Most amounts are 0, and a store with release costs more than a comparison. */
  private static void add(ConnectionSeries to, int sum, long amount) {
    if (amount != 0) {
      to.add(sum, amount);
    }
  }
}
