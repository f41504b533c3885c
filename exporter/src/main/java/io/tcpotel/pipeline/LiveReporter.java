// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.LiveWalks;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.bpf.TcpProbe;

/**
 * Has the connections that live reported, on the reader's thread: a walk at each interval, one step
 * between two drains, so that its records never fill the ring.
 */
final class LiveReporter implements AutoCloseable {
  /** Two ticks of a kernel with 100 a second, and a little. */
  private static final long REST_MS = 25;

  private final LiveWalks walks;
  private final long intervalNs;
  private long nextNs;
  private SocketWalk walk;

  private LiveReporter(LiveWalks walks, long intervalNs) {
    this.walks = walks;
    this.intervalNs = intervalNs;
    this.nextNs = System.nanoTime() + intervalNs;
  }

  /** Null if no reports are wanted, or if the kernel cannot make them. */
  static LiveReporter of(TcpProbe probe) {
    LiveReports reports = probe.settings().liveReports();
    boolean wanted = !reports.equals(LiveReports.NONE);
    return wanted && probe.canReportLive()
        ? new LiveReporter(probe.liveWalks(), reports.intervalNs())
        : null;
  }

  boolean isUnderWay() {
    return walk != null;
  }

  /** Makes the next step if there is one to be made. */
  void step(long nowNs) {
    if (walk == null && nowNs - nextNs >= 0) {
      walk = walks.begin();
      nextNs = nowNs + intervalNs;
    }
    if (walk != null && !walk.step()) {
      end();
    }
  }

  /**
   * Begins the walk at the end of all: whatever lives says what it has not said yet. Waits first,
   * until what came last lies two of the kernel's ticks back: before, a total may be a byte behind.
   */
  void beginLast() throws InterruptedException {
    end();
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
