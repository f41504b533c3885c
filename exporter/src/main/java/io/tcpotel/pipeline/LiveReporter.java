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
  private int steps;

  /** Walks that are to follow the present one, which no later one makes up for. */
  private int repetitions;

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
      begin(walks.begin());
      nextNs = nowNs + intervalNs;
    }
    if (walk == null) {
      return;
    }
    if (walk.step()) {
      steps++;
      return;
    }
    end();
    endOfWalk = ring.endPosition();
    if (repetitions > 0 && mayHaveMissed()) {
      repetitions--;
      begin(walks.beginLast());
    }
  }

  /**
   * After several steps: the kernel remembers how many sockets of a list they have left behind, not
   * which (skip_elems in net/core/bpf_sk_storage.c), so for each of these that ends before the next
   * step, that one passes over a socket.
   */
  private boolean mayHaveMissed() {
    return steps > 1;
  }

  private void begin(SocketWalk next) {
    walk = next;
    steps = 0;
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
   * What one walk has passed over, a second one finds, unless it passes over the same.
   */
  void beginLast() throws InterruptedException {
    end();
    endOfWalk = NONE;
    Thread.sleep(REST_MS);
    repetitions = 1;
    begin(walks.beginLast());
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
