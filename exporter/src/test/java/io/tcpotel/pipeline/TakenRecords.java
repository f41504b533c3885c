// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.KernelClock;
import io.tcpotel.record.ListenerRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.EncodedLogs;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Records on all their ways through the program: metrics, and log records that can be parsed. */
final class TakenRecords implements CaptureHandler {
  private final ConnectionMetrics metrics = new CollectedMetrics(true).metrics;
  private final ExportPipeline pipeline =
      new ExportPipeline(
          WorkloadTable.ofAgent(),
          metrics,
          null,
          Set.of(),
          AddressUse.FULL,
          new KernelClock(),
          () -> 0,
          Long.MAX_VALUE,
          () -> {});
  private final ConnectionRecord view = new ConnectionRecord();
  private final ListenerRecord listener = new ListenerRecord();
  private final List<RecordImage> images = new ArrayList<>();
  private int listeners;

  /** Takes what a ring would have. */
  void take(byte[] record) {
    MemorySegment data = MemorySegment.ofArray(new long[(record.length + 7) / 8]);
    MemorySegment.copy(record, 0, data, ValueLayout.JAVA_BYTE, 0, record.length);
    onRecord(data, 0, record.length);
  }

  @Override
  public void onRecord(MemorySegment data, long offset, int length) {
    pipeline.onRecord(data, offset, length);
    if (view.copyFrom(data, offset).check(length).isReadable()) {
      view.command();
      images.add(RecordImage.of(view));
    } else if (listener.copyFrom(data, offset).check(length) == RecordCheck.OK) {
      listeners++;
    }
  }

  @Override
  public void beforeDrain() {
    pipeline.beforeDrain();
  }

  @Override
  public void onFold(MemorySegment key, MemorySegment difference) {}

  @Override
  public void afterDrain() {
    pipeline.afterDrain();
  }

  List<RecordImage> images() {
    return images;
  }

  /** Throws unless all of it can be shown and read. */
  void requireShown() {
    metrics.produce(Resource.empty());
    List<RecordImage> logged = images.subList(0, Math.min(images.size(), 100));
    EncodedLogs.parse(EncodedLogs.request(Resource.empty(), logged));
    long taken = pipeline.counts().of(RecordCheck.OK) + pipeline.counts().of(RecordCheck.BACKWARDS);
    if (taken != images.size() + listeners) {
      throw new AssertionError(
          taken + " of " + images.size() + " records and " + listeners + " listeners counted");
    }
  }
}
