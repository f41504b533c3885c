// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.LiveWalks;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.bpf.TcpProbe;

/**
 * Has the connections that live reported, on the reader's thread: a walk at each interval, one step
 * between two drains, so that its records never fill the ring.
 */
final class LiveReporter implements AutoCloseable {
  /** Two ticks of a kernel with 100 a second, and a little. */
  private static final long REST_MS = 25;

  private static final long NONE = -1;

  private final LiveWalks walks;
  private final RingReader ring;
  private final long intervalNs;
  private long nextNs;
  private SocketWalk walk;

  /** Where the ring ended when a walk was over; {@link #NONE} once it was read up to there. */
  private long endOfWalk = NONE;

  private LiveReporter(LiveWalks walks, RingReader ring, long intervalNs) {
    this.walks = walks;
    this.ring = ring;
    this.intervalNs = intervalNs;
    this.nextNs = System.nanoTime() + intervalNs;
  }

  /** Null if no reports are wanted, or if the kernel cannot make them. */
  static LiveReporter of(TcpProbe probe, RingReader ring) {
    LiveReports reports = probe.settings().liveReports();
    return reports.areWanted() && probe.canReportLive()
        ? new LiveReporter(probe.liveWalks(), ring, reports.intervalNs())
        : null;
  }

  boolean isUnderWay() {
    return walk != null;
  }

  /** Makes the next step if there is one to be made. */
  void step(long nowNs) {
    if (walk == null && endOfWalk == NONE && nowNs - nextNs >= 0) {
      walk = walks.begin();
      nextNs = nowNs + intervalNs;
    }
    if (walk != null && !walk.step()) {
      end();
      endOfWalk = ring.endPosition();
    }
  }

  /** After a drain: whether the last record of a walk was among those read, once for each walk. */
  boolean hasReadWalk() {
    if (endOfWalk == NONE || ring.position() < endOfWalk) {
      return false;
    }
    endOfWalk = NONE;
    return true;
  }

  /**
   * Begins the walk at the end of all: whatever lives says what it has not said yet. Waits first,
   * until what came last lies two of the kernel's ticks back: before, a total may be a byte behind.
   */
  void beginLast() throws InterruptedException {
    end();
    endOfWalk = NONE;
    Thread.sleep(REST_MS);
    walk = walks.beginLast();
  }

  private void end() {
    if (walk != null) {
      walk.close();
      walk = null;
    }
  }

  @Override
  public void close() {
    end();
  }
}
