// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.record.RecordDifferences;
import io.tcpotel.telemetry.CountedSum;

/**
 * Sums of what records and folds add to the metrics, counted apart from the series, for the
 * account. Hot: adds only. The reader's thread alone.
 */
final class ReadSums {
  private final long[] read = new long[CountedSum.values().length];
  private final long[] folded = new long[CountedSum.values().length];
  private long lateOpens;
  private long lateAdoptions;

  void add(ConnectionRecord connection) {
    RecordKind kind = connection.kind();
    if (kind != RecordKind.CLOSE && kind != RecordKind.FAILED && kind != RecordKind.UPDATE) {
      return; // no other kind has totals to add
    }
    read[CountedSum.SENT_BYTES.ordinal()] += RecordDifferences.sentBytes(connection);
    read[CountedSum.RECEIVED_BYTES.ordinal()] += RecordDifferences.receivedBytes(connection);
    read[CountedSum.SEGS_OUT.ordinal()] += RecordDifferences.segsOut(connection);
    read[CountedSum.SEGS_IN.ordinal()] += RecordDifferences.segsIn(connection);
    read[CountedSum.TOTAL_RETRANS.ordinal()] += RecordDifferences.totalRetrans(connection);
    read[CountedSum.LOST.ordinal()] += RecordDifferences.lost(connection);
    addDelays(connection);
    if (kind != RecordKind.FAILED && !connection.openReported()) {
      addLate(connection.preexisting() ? 0 : 1, connection.preexisting() ? 1 : 0);
    }
  }

  private void addDelays(ConnectionRecord connection) {
    read[CountedSum.NETWORK_LIMITED_MS.ordinal()] += RecordDifferences.networkLimitedMs(connection);
    read[CountedSum.RECEIVER_LIMITED_MS.ordinal()] +=
        RecordDifferences.receiverLimitedMs(connection);
    read[CountedSum.SEND_BUFFER_LIMITED_MS.ordinal()] +=
        RecordDifferences.sendBufferLimitedMs(connection);
    read[CountedSum.STALLED_MS.ordinal()] += RecordDifferences.stalledMs(connection);
    read[CountedSum.TIMEOUTS.ordinal()] += RecordDifferences.timeouts(connection);
    read[CountedSum.SPURIOUS_RETRANSMITS.ordinal()] +=
        RecordDifferences.spuriousRetransmits(connection);
    read[CountedSum.OUT_OF_ORDER_SEGMENTS.ordinal()] +=
        RecordDifferences.outOfOrderSegments(connection);
  }

  void add(FoldedEnds ends) {
    folded[CountedSum.SENT_BYTES.ordinal()] += ends.sentBytes();
    folded[CountedSum.RECEIVED_BYTES.ordinal()] += ends.receivedBytes();
    folded[CountedSum.SEGS_OUT.ordinal()] += ends.segsOut();
    folded[CountedSum.SEGS_IN.ordinal()] += ends.segsIn();
    folded[CountedSum.TOTAL_RETRANS.ordinal()] += ends.totalRetrans();
    folded[CountedSum.LOST.ordinal()] += ends.lost();
    folded[CountedSum.NETWORK_LIMITED_MS.ordinal()] += ends.networkLimitedMs();
    folded[CountedSum.RECEIVER_LIMITED_MS.ordinal()] += ends.receiverLimitedMs();
    folded[CountedSum.SEND_BUFFER_LIMITED_MS.ordinal()] += ends.sendBufferLimitedMs();
    folded[CountedSum.STALLED_MS.ordinal()] += ends.stalledMs();
    folded[CountedSum.TIMEOUTS.ordinal()] += ends.timeouts();
    folded[CountedSum.SPURIOUS_RETRANSMITS.ordinal()] += ends.spuriousRetransmits();
    folded[CountedSum.OUT_OF_ORDER_SEGMENTS.ordinal()] += ends.outOfOrderSegments();
    addLate(ends.opened(), ends.adopted());
  }

  private void addLate(long opens, long adoptions) {
    lateOpens += opens;
    lateAdoptions += adoptions;
  }

  /** Of records; not of attempts, which the kernel counts. */
  long read(CountedSum sum) {
    return read[sum.ordinal()];
  }

  /** Of folds. */
  long folded(CountedSum sum) {
    return folded[sum.ordinal()];
  }

  /** Connections whose open was deferred, and that a later record or a fold has reported. */
  long lateOpens() {
    return lateOpens;
  }

  /** Likewise, of adoptions. */
  long lateAdoptions() {
    return lateAdoptions;
  }
}
