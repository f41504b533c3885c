// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.RecordEnvelope;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A sealed request over grpc-netty to a receiver in another process, which shares the machine: wall
 * clock from the first to the answer of the last.
 */
@State(Scope.Benchmark)
public class SendBenchmark extends PartBenchmark {
  private static final int RECORDS = 1300; // about 1 MiB, as the exporter sends
  private static final int REQUESTS = 16;

  private SinkProcess sink;
  private LogSender sender;
  private RecordBatch small;
  private RecordBatch full;

  @Setup
  public void connect() throws IOException {
    sink = SinkProcess.start();
    sender = new LogSender(sink.endpoint());
    RecordEnvelope envelope = new RecordEnvelope(sender.resource());
    small = MixRequest.of(envelope, 1);
    full = MixRequest.of(envelope, RECORDS);
  }

  @TearDown
  public void disconnect() {
    sender.close();
    sink.close();
  }

  /** One request with one record, there and back. */
  @Benchmark
  public long sendSmallRequest() {
    return send(small, 1);
  }

  /** One full request, there and back. */
  @Benchmark
  public long sendFullRequest() {
    return send(full, 1);
  }

  /** Full requests, four under way, per record. */
  @Benchmark
  @OperationsPerInvocation(RECORDS * REQUESTS)
  public long sendPerRecord() {
    return send(full, REQUESTS);
  }

  private long send(RecordBatch batch, int requests) {
    long arrived = sender.arrived() + (long) requests * batch.records();
    for (int i = 0; i < requests; i++) {
      sender.send(batch);
    }
    sender.await();
    if (sender.arrived() != arrived) {
      throw new IllegalStateException("a request was not accepted");
    }
    return arrived;
  }
}
