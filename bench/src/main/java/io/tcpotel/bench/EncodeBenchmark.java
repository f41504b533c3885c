// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogEncoder;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.telemetry.ResourceHead;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From a record to the bytes of its log record in a request, per record. */
@State(Scope.Thread)
@OperationsPerInvocation(EncodeBenchmark.BATCH)
public class EncodeBenchmark extends PartBenchmark {
  static final int BATCH = 1024;

  private static final int BATCH_BYTES = 1 << 20;
  private static final long OBSERVED_NS = 1_795_500_000_000_000_000L;

  private final ConnectionRecord[] ends = new MixRing().records();
  private final LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());
  private final RecordEnvelope envelope = new RecordEnvelope(Resource.getDefault());
  private final ResourceHead head = envelope.head(Workload.AGENT);
  private final RecordBatch batch = envelope.newBatch(BATCH_BYTES);
  private final SdkMarshaler marshaler = new SdkMarshaler();
  private final SdkMarshaler prepared = new SdkMarshaler();
  private final SdkLogs sdk = logsInto(marshaler);
  private final ProtobufLogs protobuf = new ProtobufLogs();
  private int next;

  private static SdkLogs logsInto(SdkMarshaler marshaler) {
    return new SdkLogs(SdkLoggerProvider.builder().addLogRecordProcessor(marshaler).build());
  }

  @Setup
  public void prepare() {
    SdkLogs into = logsInto(prepared);
    for (int i = 0; i < BATCH; i++) {
      emit(into, ends[i]);
    }
  }

  private static void emit(SdkLogs to, ConnectionRecord end) {
    ErrorType error = ErrorType.of(end);
    Attributes attributes = SdkLogs.attributes(end, error);
    to.emit(end, error, attributes, Context.root(), time(end), OBSERVED_NS);
  }

  private ConnectionRecord nextEnd() {
    next = (next + 1) % ends.length;
    return ends[next];
  }

  private static long time(ConnectionRecord end) {
    return end.closeNs() + OBSERVED_NS;
  }

  /** This program's. */
  @Benchmark
  public int encode() {
    batch.clear(BATCH_BYTES);
    for (int i = 0; i < BATCH; i++) {
      ConnectionRecord end = nextEnd();
      batch.begin(head);
      encoder.append(batch, end, ErrorType.of(end), null, time(end), OBSERVED_NS);
    }
    batch.seal();
    return batch.getContentLength();
  }

  /** The SDK's: attributes, logger, immutable copy for the batch processor, marshaler. */
  @Benchmark
  public int encodeBySdk() {
    for (int i = 0; i < BATCH; i++) {
      emit(sdk, nextEnd());
    }
    int bytes = marshaler.marshal();
    marshaler.clear();
    return bytes;
  }

  /** The SDK's marshaler alone, with records that are ready. */
  @Benchmark
  public int encodeBySdksMarshalerAlone() {
    return prepared.marshal();
  }

  /** By protobuf's builders. */
  @Benchmark
  public int encodeByProtobuf() {
    for (int i = 0; i < BATCH; i++) {
      ConnectionRecord end = nextEnd();
      protobuf.append(end, ErrorType.of(end), time(end), OBSERVED_NS);
    }
    return protobuf.take().length;
  }
}
