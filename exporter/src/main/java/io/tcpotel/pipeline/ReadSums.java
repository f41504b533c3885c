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
    if (kind != RecordKind.FAILED && !connection.openReported()) {
      addLate(connection.preexisting() ? 0 : 1, connection.preexisting() ? 1 : 0);
    }
  }

  void add(FoldedEnds ends) {
    folded[CountedSum.SENT_BYTES.ordinal()] += ends.sentBytes();
    folded[CountedSum.RECEIVED_BYTES.ordinal()] += ends.receivedBytes();
    folded[CountedSum.SEGS_OUT.ordinal()] += ends.segsOut();
    folded[CountedSum.SEGS_IN.ordinal()] += ends.segsIn();
    folded[CountedSum.TOTAL_RETRANS.ordinal()] += ends.totalRetrans();
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
