// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.KernelClock;
import io.tcpotel.recording.CgroupMentions;
import io.tcpotel.recording.ConnectionMessage;
import io.tcpotel.recording.RecordingFile;
import java.lang.foreign.MemorySegment;

/** Writes each record into a capture file. */
public final class CaptureRecorder implements CaptureHandler {
  private static final long FLUSH_EVERY_NS = 1_000_000_000L;

  private final KernelClock clock;
  private final RecordingFile file;
  private final CgroupMentions cgroups;
  private final ConnectionRecord connection = new ConnectionRecord();
  private long nowNs;
  private long flushedNs;

  /**
   * @param clock the one that the file's header is of
   */
  public CaptureRecorder(KernelClock clock, RecordingFile file, CgroupMentions cgroups) {
    this.cgroups = cgroups;
    this.clock = clock;
    this.file = file;
    this.flushedNs = System.nanoTime();
  }

  @Override
  public void beforeDrain() {
    nowNs = clock.refresh();
  }

  @Override
  public void onRecord(MemorySegment data, long offset, int length) {
    if (connection.copyFrom(data, offset).check(length).isReadable()) {
      long timeNs = clock.toEpochNs(connection.closeNs());
      file.add(cgroups.addTo(ConnectionMessage.of(connection, timeNs)));
    }
  }

  /** Records that are missing are counted by the kernel. */
  @Override
  public void onFold(MemorySegment key, MemorySegment difference) {}

  @Override
  public void afterDrain() {
    if (nowNs - flushedNs >= FLUSH_EVERY_NS) {
      file.flush();
      flushedNs = nowNs;
    }
  }
}
