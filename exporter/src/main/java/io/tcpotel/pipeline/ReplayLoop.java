// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.RingReader;
import io.tcpotel.recording.Recording;
import io.tcpotel.recording.StoredRing;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The counterpart of {@link CaptureLoop} for a recording: publishes its records in a ring and
 * drains them. What the handler does not want yet waits in the ring. Runs on the thread that made
 * it.
 */
public final class ReplayLoop implements RecordSource {
  /** Time for what a handler does by the clock, and between two drains at the original speed. */
  private static final long ROUND_NS = 50_000_000L;

  /** At full speed: so many records are to the handler what a drain of the kernel's ring is. */
  private static final int STEP_RECORDS = 4096;

  /** From the last record of a recording to the first of its repetition. */
  private static final long GAP_NS = 1_000_000L;

  private final Thread thread = Thread.currentThread();
  private final Recording recording;
  private final Pace pace;
  private final StoredRing ring;
  private final RingReader reader;
  private final AtomicLong notRead = new AtomicLong();
  private long offsetNs;

  /**
   * How time goes.
   *
   * @param isOriginal whether records keep their distances; else they come as fast as they are
   *     taken
   * @param isNow whether their times are moved, so that the first is made now
   * @param repeat how often all of them come
   */
  public record Pace(boolean isOriginal, boolean isNow, long repeat) {}

  public ReplayLoop(Recording recording, Pace pace) {
    this.recording = recording;
    this.pace = pace;
    this.ring = recording.ring();
    this.reader = ring.reader();
    notRead.set(records());
  }

  /** Records in all, with every repetition. */
  public long records() {
    return recording.records() * pace.repeat();
  }

  /** Those that were not given to the handler, because the replay was stopped; from any thread. */
  public long notRead() {
    return Math.max(0, notRead.get());
  }

  /** Wall clock minus a record's time. */
  public long offsetNs() {
    return offsetNs;
  }

  /** Ends the present sleep, or the next one; from any thread. */
  @Override
  public void wake() {
    LockSupport.unpark(thread);
  }

  /** Runs until all was taken, or {@code stop} says so. */
  @Override
  public void run(StopSignal stop, CaptureHandler handler) {
    long beginNs = System.nanoTime();
    long shiftNs = pace.isNow() ? unixNano() - recording.beginUnixNano() : 0;
    for (long pass = 0; pass < pace.repeat() && !stop.isStopped(); pass++) {
      long laterNs = pass * (recording.lengthNs() + GAP_NS);
      offsetNs = recording.header().getClockOffsetNs() + shiftNs;
      offsetNs += pace.isNow() ? laterNs : 0;
      runPass(stop, handler, beginNs + laterNs);
      ring.rewind();
    }
  }

  private static long unixNano() {
    return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
  }

  private void runPass(StopSignal stop, CaptureHandler handler, long beginNs) {
    int published = 0;
    while (!stop.isStopped()) {
      published = next(published, System.nanoTime() - beginNs);
      ring.publish(published);
      drain(handler);
      if (published == recording.records() && ring.isDrained()) {
        return;
      }
      if (pace.isOriginal() || !ring.isDrained()) {
        LockSupport.parkNanos(this, ROUND_NS);
      }
    }
  }

  /** How many records of a pass that is {@code passNs} old the reader may have. */
  private int next(int published, long passNs) {
    if (!pace.isOriginal()) {
      return ring.isDrained() ? Math.min(recording.records(), published + STEP_RECORDS) : published;
    }
    int due = published;
    while (due < recording.records() && recording.dueNs(due) <= passNs) {
      due++;
    }
    return due;
  }

  private void drain(CaptureHandler handler) {
    handler.beforeDrain();
    notRead.addAndGet(-reader.drain(handler));
    handler.afterDrain();
  }
}
