// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RingMapping;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.RingWaiter;
import io.tcpotel.bpf.TcpProbe;
import java.nio.file.Path;

/**
 * The reader's thread: sleeps, drains, and sleeps again until told to stop; then detaches and
 * drains what is left. Records wait in the kernel's ring, the only queue in front of it.
 */
final class CaptureLoop implements AutoCloseable {
  /** The timer that spares a wake-up per record; a ring that fills sooner ends the sleep sooner. */
  static final int INTERVAL_MS = 50;

  private final TcpProbe probe;
  private final RingMapping mapping;
  private final RingWaiter waiter;
  private final RingReader reader;
  private final KernelCounters counters;

  private CaptureLoop(TcpProbe probe) {
    this.probe = probe;
    this.mapping = probe.mapRing();
    this.waiter = new RingWaiter(mapping, probe.shared());
    this.reader = mapping.reader();
    this.counters = probe.counters();
  }

  /** Loads the kernel programs and attaches them to {@code cgroup}; from then on the ring fills. */
  static CaptureLoop attach(ProbeSettings settings, Path cgroup) {
    TcpProbe probe = TcpProbe.load(settings);
    CaptureLoop loop = null;
    try {
      loop = new CaptureLoop(probe);
      probe.attach(cgroup);
      return loop;
    } catch (RuntimeException e) {
      if (loop == null) {
        probe.close();
      } else {
        loop.close();
      }
      throw e;
    }
  }

  KernelCounters.Snapshot counters() {
    return counters.snapshot();
  }

  /** Ends the reader's present sleep; from any thread. */
  void wake() {
    waiter.wake();
  }

  /** Runs until {@code stop} says so; on return nothing is attached and the ring is empty. */
  void run(StopSignal stop, CaptureHandler handler) {
    while (!stop.isStopped()) {
      waiter.await(INTERVAL_MS);
      drain(handler);
    }
    probe.detach();
    while (drain(handler) > 0) {
      // Records that were being written when the last drain came to them.
    }
  }

  private int drain(CaptureHandler handler) {
    handler.beforeDrain();
    int records = reader.drain(handler);
    handler.afterDrain();
    return records;
  }

  @Override
  public void close() {
    waiter.close();
    mapping.close();
    probe.close();
  }
}
