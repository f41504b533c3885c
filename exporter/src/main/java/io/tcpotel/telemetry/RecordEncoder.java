// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;

/** Writes records of connections as the items of one signal. One thread uses it. */
public interface RecordEncoder {
  /** The items, for messages: "log records". */
  String items();

  /** What becomes of the addresses of records that were spooled by another run. */
  AddressUse addresses();

  /** The names of peers from now on. */
  void setPeerNames(PeerNames names);

  /**
   * Hot: appends a report about a connection to {@code batch}, which has room and was told whose it
   * is.
   *
   * @param error null if it ended well, or has not ended
   * @param peer the workload of the other end; null if it is unknown
   * @param timeNs wall clock of the report, ns since 1970
   * @param observedNs wall clock when the record was taken from the ring
   */
  void append(
      RecordBatch batch,
      ConnectionRecord connection,
      ErrorType error,
      Workload peer,
      long timeNs,
      long observedNs);
}
