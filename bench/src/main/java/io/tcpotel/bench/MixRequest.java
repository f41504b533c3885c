// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;

/** A request with records of the {@link RecordMix}. */
public final class MixRequest {
  private MixRequest() {}

  /** A sealed one. */
  public static RecordBatch of(RecordEnvelope envelope, int records) {
    RecordBatch batch =
        envelope.newBatch(envelope.smallestBatchBytes() + records * LogEncoder.MAX_RECORD_BYTES);
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());
    MixRing ring = new MixRing();
    for (int i = 0; i < records; i++) {
      ConnectionRecord end = ring.record(i);
      batch.begin(envelope.head(Workload.AGENT));
      encoder.append(batch, end, ErrorType.of(end), null, end.closeNs(), end.closeNs());
    }
    batch.seal();
    return batch;
  }
}
