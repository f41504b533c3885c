// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.Adoption;
import io.tcpotel.bpf.Folds;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.LiveWalks;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.RingMapping;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What the kernel programs report about the connections of fresh network namespaces, taken out of
 * the ring and copied.
 */
final class CapturedConnections implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long LOOK_EVERY_MS = 2;

  private final Set<Long> netnsCookies;
  private final TcpProbe probe;
  private final RingMapping ring;
  private final RingReader reader;
  private final ConnectionRecord view = new ConnectionRecord();
  private final List<CapturedRecord> records = new ArrayList<>();

  /** Observes {@code cgroup} from now on, this process' own connections as well. */
  CapturedConnections(TestCgroup cgroup, TestNamespace namespace) {
    this(cgroup, namespace, ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true));
  }

  CapturedConnections(TestCgroup cgroup, TestNamespace namespace, ProbeSettings settings) {
    this(cgroup.path(), Set.of(namespace.cookie()), settings);
  }

  /** Both ends of what crosses {@code network}. */
  CapturedConnections(TestCgroup cgroup, TestNetwork network) {
    this(
        cgroup.path(),
        Set.of(network.client().cookie(), network.server().cookie()),
        ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true));
  }

  /** Attached to any cgroup, also to one that others are in. */
  CapturedConnections(Path cgroup, Set<Long> netnsCookies, ProbeSettings settings) {
    this.netnsCookies = netnsCookies;
    probe = TcpProbe.load(settings);
    try {
      ring = probe.mapRing();
      reader = ring.reader();
      probe.attach(cgroup);
    } catch (RuntimeException e) {
      probe.close();
      throw e;
    }
  }

  /** Copies what waits in the ring; returns how many records that were, of any namespace. */
  int drain() {
    return reader.drain(this::take);
  }

  private void take(MemorySegment data, long offset, int length) {
    assertThat(view.copyFrom(data, offset).check(length)).isEqualTo(RecordCheck.OK);
    assertThat(length).isEqualTo((int) tcp_probe_info.sizeof());
    if (netnsCookies.contains(view.netnsCookie())) {
      records.add(CapturedRecord.copy(data, offset));
    }
  }

  /** Everything drained so far, in the ring's order. */
  List<CapturedRecord> records() {
    return List.copyOf(records);
  }

  /** Likewise, and forgets them. */
  List<CapturedRecord> takeRecords() {
    List<CapturedRecord> taken = List.copyOf(records);
    records.clear();
    return taken;
  }

  List<CapturedRecord> opens() {
    return records.stream().filter(CapturedRecord::isOpen).toList();
  }

  /** Closes and failed connects. */
  List<CapturedRecord> ends() {
    return records.stream().filter(CapturedRecord::isEnd).toList();
  }

  List<CapturedRecord> ofKind(RecordKind kind) {
    return records.stream().filter(record -> record.kind() == kind).toList();
  }

  LiveWalks liveWalks() {
    return probe.liveWalks();
  }

  /** Reports what lives and is old enough; returns the updates that this gave. */
  List<CapturedRecord> walk() {
    try (LiveWalks walks = probe.liveWalks()) {
      return drainStepByStep(walks.begin());
    }
  }

  /** Likewise, of any age. */
  List<CapturedRecord> walkLast() {
    try (LiveWalks walks = probe.liveWalks()) {
      return drainStepByStep(walks.beginLast());
    }
  }

  private List<CapturedRecord> drainStepByStep(SocketWalk walk) {
    int before = records.size();
    try (walk) {
      while (walk.step()) {
        drain();
      }
    }
    drain();
    List<CapturedRecord> added = List.copyOf(records).subList(before, records.size());
    return added.stream().filter(record -> record.kind() == RecordKind.UPDATE).toList();
  }

  /** Finds what is older than the probe; returns the records that this gave. */
  List<CapturedRecord> adoptOlder() {
    try (Adoption adoption = probe.adoption()) {
      while (adoption.step()) {
        drain();
      }
      assertThat(adoption.obstacles(0)).isEmpty();
    }
    drain();
    return ofKind(RecordKind.ADOPTED);
  }

  Folds folds() {
    return probe.folds();
  }

  /** Drains until {@code count} ends have come, in all. */
  List<CapturedRecord> awaitEnds(int count) {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    drain();
    while (ends().size() < count) {
      if (System.nanoTime() - deadlineNs > 0) {
        throw new AssertionError("of " + count + " ends came " + ends());
      }
      pause();
      drain();
    }
    return ends();
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_EVERY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** The only record of this kind about this end of this connection. */
  CapturedRecord only(boolean open, boolean outbound, int localPort, int peerPort) {
    return only(records, open, outbound, localPort, peerPort);
  }

  /** The only one of {@code records}, likewise. */
  static CapturedRecord only(
      List<CapturedRecord> records, boolean open, boolean outbound, int localPort, int peerPort) {
    List<CapturedRecord> found =
        records.stream()
            .filter(record -> record.isOpen() == open && record.isOutbound() == outbound)
            .filter(record -> record.localPort() == localPort && record.peerPort() == peerPort)
            .toList();
    assertThat(found).as("%d -> %d", localPort, peerPort).hasSize(1);
    return found.get(0);
  }

  /** The only end of this socket. */
  CapturedRecord endOf(long socketCookie) {
    List<CapturedRecord> found =
        ends().stream().filter(record -> record.socketCookie() == socketCookie).toList();
    assertThat(found).as("ends of socket %d", socketCookie).hasSize(1);
    return found.get(0);
  }

  RingReader reader() {
    return reader;
  }

  KernelCounters.Snapshot counters() {
    return probe.counters().snapshot();
  }

  long seen(RecordKind kind) {
    return counters().seen(kind);
  }

  long outcome(RecordKind kind, ReportOutcome outcome) {
    return counters().outcome(kind, outcome);
  }

  /** Per kind: what was seen is the sum of what became of it. */
  void assertSumsClose() {
    KernelCounters.Snapshot counters = counters();
    for (RecordKind kind : RecordKind.values()) {
      long outcomes = 0;
      for (ReportOutcome outcome : ReportOutcome.values()) {
        outcomes += counters.outcome(kind, outcome);
      }
      assertThat(outcomes).as("outcomes of kind %d", kind).isEqualTo(counters.seen(kind));
    }
  }

  void detach() {
    probe.detach();
  }

  @Override
  public void close() {
    probe.detach();
    ring.close();
    probe.close();
  }
}
