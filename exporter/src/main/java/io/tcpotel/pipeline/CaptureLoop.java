// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.Adoption;
import io.tcpotel.bpf.Folds;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.MemoryRoom;
import io.tcpotel.bpf.ProgramRuns;
import io.tcpotel.bpf.RingMapping;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.RingWaiter;
import io.tcpotel.bpf.ScopeChange;
import io.tcpotel.bpf.SharedWords;
import io.tcpotel.bpf.TcpProbe;
import java.util.List;

/**
 * The reader's thread: sleeps, drains, and sleeps again until told to stop; then detaches and
 * drains what is left. Records wait in the kernel's ring, the only queue in front of it.
 */
public final class CaptureLoop implements RecordSource, AutoCloseable {
  private final DrainTimer timer = new DrainTimer();

  /** Reading the folds takes system calls; the sums may lag by this much. */
  private static final long FOLDS_EVERY_NS = 1_000_000_000L;

  /** How long a scope's directory that is made again stays unseen; a look takes microseconds. */
  private static final long FOLLOW_EVERY_NS = 500_000_000L;

  private final TcpProbe probe;
  private final RingMapping mapping;
  private final RingWaiter waiter;
  private final RingReader reader;
  private final KernelCounters counters;
  private final Folds folds;
  private final MachineCgroups cgroups;
  private final LiveReporter reporter;
  private final MemoryRoom memory = MemoryRoom.ofThisProcess();
  private final Messages messages;
  private volatile boolean foldsWanted;
  private long foldsReadNs;
  private long followedNs;

  private CaptureLoop(TcpProbe probe, Messages messages) {
    this.probe = probe;
    this.messages = messages;
    this.mapping = probe.mapRing();
    this.waiter = new RingWaiter(mapping, probe.shared());
    this.reader = mapping.reader();
    this.counters = probe.counters();
    this.folds = probe.folds();
    this.cgroups = new MachineCgroups(probe.cgroupNames());
    this.reporter = LiveReporter.of(probe, reader);
    this.foldsReadNs = System.nanoTime() - FOLDS_EVERY_NS;
  }

  /** Reads the ring of {@code probe}, which is attached; closes it in the end, and on failure. */
  static CaptureLoop of(TcpProbe probe, Messages messages) {
    try {
      return new CaptureLoop(probe, messages);
    } catch (RuntimeException e) {
      probe.close();
      throw e;
    }
  }

  /** For the thread that runs this loop. */
  public MachineCgroups cgroups() {
    return cgroups;
  }

  public KernelCounters.Snapshot counters() {
    return counters.snapshot();
  }

  boolean isScopeThere() {
    return probe.isScopeThere();
  }

  /** Of the kernel programs; from any thread. */
  List<ProgramRuns> programRuns() {
    return probe.programRuns();
  }

  /** Bytes that wait in the ring, approximately; from any thread. */
  public long ringUsageBytes() {
    return reader.availableBytes();
  }

  public long ringBytes() {
    return reader.ringBytes();
  }

  /** Ends the reader's present sleep; from any thread. */
  @Override
  public void wake() {
    waiter.wake();
  }

  /** Has the next drain read the folds, whenever they were read last; from any thread. */
  void askForFolds() {
    foldsWanted = true;
    wake();
  }

  /** Runs until {@code stop} says so; on return nothing is attached and the ring is empty. */
  @Override
  public void run(StopSignal stop, CaptureHandler handler) {
    sayIfSilent();
    adoptOlder(handler);
    while (!stop.isStopped()) {
      waiter.await(isWalking() && hasRoomForStep() ? 0 : timer.nextMs());
      walk();
      long waitingBytes = reader.availableBytes();
      drain(handler);
      timer.drained(waitingBytes, reader.availableBytes(), reader.ringBytes());
      followScope(handler);
    }
    probe.detach();
    handler.endOfCapture();
    drainLast(handler);
  }

  private void sayIfSilent() {
    probe.cgroupObstacles().forEach(obstacle -> messages.say(obstacle.toString()));
    if (probe.settings().liveReports().areWanted() && reporter == null) {
      messages.say(LiveReports.NOT_POSSIBLE.toString());
    }
  }

  /** Whether sockets are observed; from any thread. */
  public boolean isAttached() {
    return probe.isAttached();
  }

  private void followScope(CaptureHandler handler) {
    if (System.nanoTime() - followedNs < FOLLOW_EVERY_NS) {
      return;
    }
    followedNs = System.nanoTime();
    watchMemory();
    cgroups.tick();
    if (probe.shared().isFlagCleared()) {
      messages.sayOnce("flag", SharedWords.FLAG_CLEARED);
    }
    try {
      ScopeChange change = probe.follow();
      if (change == ScopeChange.GONE) {
        messages.say(
            "the watched cgroup was removed: nothing is seen until there is one at its path again");
      } else if (change == ScopeChange.FOLLOWED) {
        messages.say("a watched cgroup or namespace was made again: the new one is watched now");
        adoptOlder(handler);
      }
    } catch (Failure e) {
      messages.sayOnceAMinute("follow", "nothing is seen: " + e.getMessage());
    }
  }

  private void watchMemory() {
    boolean isShort = memory.isShort();
    probe.shared().memoryShort(isShort);
    if (isShort) {
      messages.sayOnceAMinute("memory", MemoryRoom.SHORT);
    }
  }

  private void adoptOlder(CaptureHandler handler) {
    if (!probe.canAdopt()) {
      messages.say(Adoption.NOT_POSSIBLE.toString());
      return;
    }
    try (Adoption adoption = probe.adoption()) {
      while (adoption.step()) {
        watchMemory();
        drain(handler);
      }
      adoption
          .obstacles(counters.snapshot().adoptionRefused())
          .forEach(obstacle -> messages.say(obstacle.toString()));
    }
  }

  private boolean isWalking() {
    return reporter != null && reporter.isUnderWay();
  }

  /** A step may fill three quarters of the ring. */
  private boolean hasRoomForStep() {
    return reader.availableBytes() <= reader.ringBytes() / 4;
  }

  private void walk() {
    if (reporter != null && hasRoomForStep()) {
      reporter.step(System.nanoTime());
    }
  }

  /** Has open connections report their last totals; then reads the rest of the ring. */
  private void drainLast(CaptureHandler handler) {
    if (reporter != null) {
      beginLastWalk();
    }
    while (isWalking()) {
      walk();
      drain(handler);
    }
    while (drain(handler) > 0) {
      // Records that were being written when the last drain came to them.
    }
    folds.collect(handler);
  }

  private void beginLastWalk() {
    try {
      reporter.beginLast();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // whoever is in that haste does without
    }
  }

  private int drain(CaptureHandler handler) {
    handler.beforeDrain();
    int records = reader.drain(handler);
    if (reporter != null && reporter.hasReadWalk()) {
      handler.afterWalk();
    }
    if (folds.isPending() && (foldsWanted || System.nanoTime() - foldsReadNs >= FOLDS_EVERY_NS)) {
      foldsWanted = false;
      folds.collect(handler);
      foldsReadNs = System.nanoTime();
    }
    handler.afterDrain();
    return records;
  }

  @Override
  public void close() {
    if (reporter != null) {
      reporter.close();
    }
    waiter.close();
    mapping.close();
    probe.close();
  }
}
