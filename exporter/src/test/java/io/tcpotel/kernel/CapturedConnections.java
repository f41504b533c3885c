// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.Adoption;
import io.tcpotel.bpf.CgroupNames;
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
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.junit.jupiter.api.function.Executable;

/**
 * What the kernel programs report about the connections of fresh network namespaces, taken out of
 * the ring and copied.
 */
final class CapturedConnections implements AutoCloseable {

  private static final ProbeSettings DEFAULTS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true);

  private final Set<Long> netnsCookies;
  private final TcpProbe probe;
  private final RingMapping ring;
  private final RingReader reader;
  private final ConnectionRecord view = new ConnectionRecord();
  private final List<ConnectionRecord> records = new ArrayList<>();
  private TestNamespace ownNamespace;
  private TestCgroup ownCgroup;

  /** Observes {@code cgroup} from now on, this process' own connections as well. */
  CapturedConnections(TestCgroup cgroup, TestNamespace namespace) {
    this(cgroup, namespace, DEFAULTS);
  }

  CapturedConnections(TestCgroup cgroup, TestNamespace namespace, ProbeSettings settings) {
    this(cgroup.path(), Set.of(namespace.cookie()), settings);
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

  /** In a namespace and a cgroup of its own, which this process joins; both are gone at the end. */
  static CapturedConnections begin() {
    return begin(DEFAULTS);
  }

  static CapturedConnections begin(ProbeSettings settings) {
    TestNamespace namespace = TestNamespace.create();
    CapturedConnections captured = begin(Set.of(namespace.cookie()), settings);
    captured.ownNamespace = namespace;
    return captured;
  }

  /** Both ends of what crosses {@code network}, in a cgroup of its own. */
  static CapturedConnections across(TestNetwork network) {
    return begin(Set.of(network.client().cookie(), network.server().cookie()), DEFAULTS);
  }

  private static CapturedConnections begin(Set<Long> netnsCookies, ProbeSettings settings) {
    TestCgroup cgroup = TestCgroup.create().join();
    CapturedConnections captured = new CapturedConnections(cgroup.path(), netnsCookies, settings);
    captured.ownCgroup = cgroup;
    return captured;
  }

  TestNamespace namespace() {
    return ownNamespace;
  }

  TestCgroup cgroup() {
    return ownCgroup;
  }

  /** Runs {@code code} in the namespace. */
  void run(Executable code) {
    ownNamespace.run(code);
  }

  <T> T call(Callable<T> code) {
    return ownNamespace.call(code);
  }

  /** A connection within the namespace. */
  SocketPair connect(String address) {
    return ownNamespace.call(() -> SocketPair.over(address));
  }

  /** Copies what waits in the ring; returns how many records that were, of any namespace. */
  int drain() {
    return reader.drain(this::take);
  }

  private void take(MemorySegment data, long offset, int length) {
    if (view.copyFrom(data, offset).kind() == RecordKind.LISTENER) {
      return; // no connection
    }
    assertThat(view.check(length)).isEqualTo(RecordCheck.OK);
    assertThat(length).isEqualTo(view.kind().bytes());
    if (netnsCookies.contains(view.netnsCookie())) {
      records.add(new ConnectionRecord().copyFrom(data, offset));
    }
  }

  /** Everything drained so far, in the ring's order. */
  List<ConnectionRecord> records() {
    return List.copyOf(records);
  }

  /** Likewise, and forgets them. */
  List<ConnectionRecord> takeRecords() {
    List<ConnectionRecord> taken = List.copyOf(records);
    records.clear();
    return taken;
  }

  List<ConnectionRecord> opens() {
    return records.stream().filter(Records::isOpen).toList();
  }

  /** Closes and failed connects. */
  List<ConnectionRecord> ends() {
    return records.stream().filter(Records::isEnd).toList();
  }

  List<ConnectionRecord> ofKind(RecordKind kind) {
    return records.stream().filter(record -> record.kind() == kind).toList();
  }

  CgroupNames cgroupNames() {
    return probe.cgroupNames();
  }

  LiveWalks liveWalks() {
    return probe.liveWalks();
  }

  /** Reports what lives and is old enough; returns the updates that this gave. */
  List<ConnectionRecord> walk() {
    return drainStepByStep(probe.liveWalks().begin());
  }

  /** Likewise, of any age. */
  List<ConnectionRecord> walkLast() {
    return drainStepByStep(probe.liveWalks().beginLast());
  }

  private List<ConnectionRecord> drainStepByStep(SocketWalk walk) {
    int before = records.size();
    try (walk) {
      while (walk.step()) {
        drain();
      }
    }
    drain();
    List<ConnectionRecord> added = List.copyOf(records).subList(before, records.size());
    return added.stream().filter(record -> record.kind() == RecordKind.UPDATE).toList();
  }

  /** Finds what is older than the probe; returns the records that this gave. */
  List<ConnectionRecord> adoptOlder() {
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
  List<ConnectionRecord> awaitEnds(int count) {
    Await.until(
        count + " ends",
        () -> {
          drain();
          return ends().size() >= count;
        });
    return ends();
  }

  /** Of a connection with both ends here, the end of the one side. */
  ConnectionRecord awaitEnd(boolean outbound) {
    awaitEnds(2);
    return only(record -> Records.isOutbound(record) == outbound);
  }

  /** The only end of this socket. */
  ConnectionRecord endOf(long socketCookie) {
    return only(record -> record.socketCookie() == socketCookie);
  }

  private ConnectionRecord only(Predicate<ConnectionRecord> wanted) {
    List<ConnectionRecord> found = ends().stream().filter(wanted).toList();
    assertThat(found).as(() -> "of " + ends().stream().map(Records::text).toList()).hasSize(1);
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
    if (ownCgroup != null) {
      ownCgroup.close();
    }
    if (ownNamespace != null) {
      ownNamespace.close();
    }
  }
}
