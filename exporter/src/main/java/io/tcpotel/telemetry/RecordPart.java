// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.workload.Workload;

/**
 * Writes a part of a log record or a span. The parts of one are called from one place, so that C2
 * compiles each by itself: inlined into one method they exceed its limit of nodes
 * (NodeCountInliningCutoff), from where on it does not even inline accessors. Hot: allocates
 * nothing, throws nothing.
 */
interface RecordPart {
  /**
   * @param error null if it ended well, or has not ended
   * @param limit the largest; null if there is none
   * @param peer the workload of the other end; null if it is unknown
   * @param timeNs wall clock of the event, ns since 1970
   */
  void write(
      ConnectionRecord connection,
      LogEvent event,
      ConnectionRole role,
      ErrorType error,
      LimitedBy limit,
      Workload peer,
      long timeNs);
}
