// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.bpf.RecordHandler;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;

/** Adds records up while a thread of its own drains them, for loads too large to keep. */
final class RecordTally implements RecordHandler, AutoCloseable {
  private final ConnectionRecord view = new ConnectionRecord();
  private final RingReader reader;
  private final Thread thread;
  private final long[] records = new long[RecordKind.values().length];
  private final long[] byDirection = new long[3];
  private final Set<Long> live = new HashSet<>();
  private long sentBytes;
  private long receivedBytes;
  private long backwards;
  private long errors;
  private long withoutOpen;
  private volatile long ends;
  private volatile boolean stopped;

  RecordTally(RingReader reader) {
    this.reader = reader;
    thread = Thread.ofPlatform().name("tally").daemon().start(this::drainAll);
  }

  private void drainAll() {
    while (!stopped) {
      if (reader.drain(this) == 0) {
        Thread.onSpinWait();
        Thread.yield();
      }
    }
    reader.drain(this);
  }

  @Override
  public void onRecord(MemorySegment data, long offset, int length) {
    view.copyFrom(data, offset);
    records[view.kind().ordinal()]++;
    if (view.kind() == RecordKind.LISTENER) {
      return;
    }
    if (view.kind() == RecordKind.OPEN) {
      live.add(view.connectionId());
      return;
    }
    backwards += isBackwards() ? 1 : 0;
    sentBytes += view.sentBytes() - view.reportedSentBytes();
    receivedBytes += view.receivedBytes() - view.reportedReceivedBytes();
    if (view.kind() == RecordKind.UPDATE) {
      return;
    }
    byDirection[view.direction()]++;
    errors += ErrorType.of(view) == null ? 0 : 1;
    withoutOpen += live.remove(view.connectionId()) && view.openReported() ? 0 : 1;
    ends++;
  }

  private boolean isBackwards() {
    return view.sentBytes() < view.reportedSentBytes()
        || view.receivedBytes() < view.reportedReceivedBytes();
  }

  long ends() {
    return ends;
  }

  /** The other numbers are final once this has returned. */
  @Override
  public void close() {
    stopped = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  long records(RecordKind kind) {
    return records[kind.ordinal()];
  }

  long ends(int direction) {
    return byDirection[direction];
  }

  /** Records with less than was reported before. */
  long backwards() {
    return backwards;
  }

  /** Of all records, what each added to those before it. */
  long sentBytes() {
    return sentBytes;
  }

  long receivedBytes() {
    return receivedBytes;
  }

  long errors() {
    return errors;
  }

  /** Ends whose open did not come before them. */
  long withoutOpen() {
    return withoutOpen;
  }

  /** Connections opened and not closed. */
  long live() {
    return live.size();
  }
}
