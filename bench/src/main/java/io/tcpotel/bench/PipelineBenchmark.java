// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.RecordHandler;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.telemetry.ResourceHead;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** The reader's thread but for the sending: read, convert, metrics, encode, per record. */
@State(Scope.Thread)
@OperationsPerInvocation(MixRing.RECORDS)
public class PipelineBenchmark extends PartBenchmark {
  private static final int BATCH_BYTES = 1 << 20;
  private static final long OBSERVED_NS = 1_795_500_000_000_000_000L;

  private final MixRing ring = new MixRing();
  private final ConnectionRecord view = new ConnectionRecord();
  private final ConnectionMetrics metrics =
      new ConnectionMetrics(MetricModes.cumulative(MetricKeys.DEFAULT), InstantSource.system());
  private final LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());
  private final RecordEnvelope envelope = new RecordEnvelope(Resource.getDefault());
  private final ResourceHead head = envelope.head(Workload.AGENT);
  private final RecordBatch[] batches = new RecordBatch[4];
  private final RecordHandler handler = this::take;
  private int filling;

  public PipelineBenchmark() {
    for (int i = 0; i < batches.length; i++) {
      batches[i] = envelope.newBatch(BATCH_BYTES);
    }
  }

  private void take(MemorySegment data, long offset, int length) {
    view.copyFrom(data, offset);
    if (view.check(length) != RecordCheck.OK) {
      return;
    }
    ErrorType error = ErrorType.of(view);
    metrics.record(view, error, Workload.AGENT, null);
    RecordBatch batch = roomy();
    batch.begin(head);
    encoder.append(batch, view, error, null, view.closeNs() + OBSERVED_NS, OBSERVED_NS);
  }

  private RecordBatch roomy() {
    if (!batches[filling].hasRoom(head)) {
      batches[filling].seal();
      filling = (filling + 1) % batches.length;
      batches[filling].clear(BATCH_BYTES);
    }
    return batches[filling];
  }

  @Benchmark
  public int readRecordEncode() {
    return ring.drain(handler);
  }
}
