// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.recording.Recording;
import io.tcpotel.recording.StoredRing;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.telemetry.ResourceHead;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;

/** A capture's log records. */
public final class Ends {
  private Ends() {}

  /** Whether a record becomes a log record. */
  static boolean isEnd(ConnectionRecord connection) {
    return LogEvent.END.kinds().contains(connection.kind());
  }

  /** A sealed request of the first ones that fit, of the size that the exporter sends. */
  public static RecordBatch request(RecordEnvelope envelope, Recording recording, int bytes) {
    RecordBatch batch = envelope.newBatch(bytes);
    ResourceHead head = envelope.head(Workload.AGENT);
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());
    ConnectionRecord view = new ConnectionRecord();
    StoredRing ring = recording.ring();
    for (long i = 0; i < ring.records() && batch.hasRoom(head); i++) {
      view.copyFrom(ring.record(i), 0);
      if (isEnd(view)) {
        long timeNs = view.closeNs() + recording.header().getClockOffsetNs();
        batch.begin(head);
        encoder.append(batch, view, ErrorType.of(view), null, timeNs, timeNs);
      }
    }
    batch.seal();
    return batch;
  }
}
