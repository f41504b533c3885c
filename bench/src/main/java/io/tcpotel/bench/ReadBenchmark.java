// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.bpf.RecordHandler;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.RecordCheck;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From the ring to what a record means, per record. */
@State(Scope.Thread)
@OperationsPerInvocation(MixRing.RECORDS)
public class ReadBenchmark extends PartBenchmark {
  private final MixRing ring = new MixRing();
  private final ConnectionRecord view = new ConnectionRecord();
  private final RecordHandler reading = this::read;
  private final RecordHandler converting = this::convert;
  private long sum;

  private void read(MemorySegment data, long offset, int length) {
    sum += view.copyFrom(data, offset).closeNs();
  }

  private void convert(MemorySegment data, long offset, int length) {
    view.copyFrom(data, offset);
    if (view.check(length) == RecordCheck.OK) {
      ErrorType error = ErrorType.of(view);
      sum += error == null ? 0 : error.ordinal();
      sum += ConnectionRole.of(view).serverPort(view);
    }
  }

  /** The ring alone, and one field. */
  @Benchmark
  public long ringRead() {
    ring.drain(reading);
    return sum;
  }

  /** And check, role and error. */
  @Benchmark
  public long recordConvert() {
    ring.drain(converting);
    return sum;
  }
}
