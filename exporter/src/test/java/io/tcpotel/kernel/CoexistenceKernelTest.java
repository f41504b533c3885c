// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Several agents on the same and on nested cgroups: each reports its own, none disturbs another.
 */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class CoexistenceKernelTest {
  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true)
          .withLiveReports(new LiveReports(0, true));

  private static void assertEnds(CapturedConnections captured, long... bytes) {
    List<ConnectionRecord> ends = captured.awaitEnds(2 * bytes.length);
    captured.detach();
    captured.drain();
    assertThat(captured.ends()).hasSameSizeAs(ends);
    assertThat(ends.stream().filter(Records::isOutbound).map(ConnectionRecord::sentBytes))
        .containsExactlyInAnyOrder(java.util.Arrays.stream(bytes).boxed().toArray(Long[]::new));
    assertThat(captured.counters().unknown()).isZero();
    captured.assertSumsClose();
  }

  private static void talk(int bytes) {
    try (SocketPair pair = SocketPair.over("127.0.0.1")) {
      pair.client().sendAll(bytes);
      pair.server().receiveExactly(bytes);
      pair.finish();
    }
  }

  @Test
  void agentsOnTheSameAndOnNestedCgroupsReportEachTheirOwn() {
    try (TestCgroup outer = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections one = new CapturedConnections(outer, namespace, SETTINGS);
        CapturedConnections same = new CapturedConnections(outer, namespace, SETTINGS);
        TestCgroup inner = outer.child();
        CapturedConnections nested = new CapturedConnections(inner, namespace, SETTINGS)) {
      namespace.run(() -> talk(301));
      inner.join();
      namespace.run(() -> talk(302));
      inner.leave();
      assertEnds(one, 301, 302);
      assertEnds(same, 301, 302);
      assertEnds(nested, 302);
    }
  }

  @Test
  void eachKeepsItsOwnAccountOfWhatItHasReported() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections one = new CapturedConnections(cgroup, namespace, SETTINGS);
        CapturedConnections other = new CapturedConnections(cgroup, namespace, SETTINGS);
        SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
      pair.client().sendAll(50);
      pair.server().receiveExactly(50);
      Thread.sleep(25); // past the tick in which a total may be a byte behind
      one.walk();
      pair.finish();
      ConnectionRecord ofOne = one.awaitEnd(true);
      ConnectionRecord ofOther = other.awaitEnd(true);
      assertThat(ofOne.reportedSentBytes()).isEqualTo(50);
      assertThat(ofOther.reportedSentBytes()).isZero();
      assertThat(ofOther.sentBytes()).isEqualTo(50).isEqualTo(ofOne.sentBytes());
    }
  }

  @Test
  void adoptionLeavesTheCallbacksOfAnotherAgentInPlace() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections first = new CapturedConnections(cgroup, namespace, SETTINGS);
        SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"));
        CapturedConnections second = new CapturedConnections(cgroup, namespace, SETTINGS)) {
      assertThat(second.adoptOlder()).hasSize(2);
      pair.finish();
      assertThat(first.awaitEnds(2)).noneMatch(ConnectionRecord::preexisting);
      assertThat(second.awaitEnds(2)).allMatch(ConnectionRecord::preexisting);
      assertThat(first.seen(RecordKind.ADOPTED)).isZero();
    }
  }

  @Test
  void connectionsOfOtherNamespacesAreFound() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace one = TestNamespace.create();
        TestNamespace other = TestNamespace.create();
        CapturedConnections ofOne = new CapturedConnections(cgroup, one, SETTINGS);
        CapturedConnections ofOther = new CapturedConnections(cgroup, other, SETTINGS);
        SocketPair inOne = one.call(() -> SocketPair.over("127.0.0.1"));
        SocketPair inOther = other.call(() -> SocketPair.over("127.0.0.1"))) {
      assertThat(ofOne.walk())
          .extracting(ConnectionRecord::socketCookie)
          .containsExactlyInAnyOrder(inOne.client().cookie(), inOne.server().cookie());
      assertThat(ofOther.walk())
          .extracting(ConnectionRecord::socketCookie)
          .containsExactlyInAnyOrder(inOther.client().cookie(), inOther.server().cookie());
      assertThat(ofOne.outcome(RecordKind.UPDATE, ReportOutcome.PUT))
          .as("both namespaces")
          .isEqualTo(4);
      assertThat(ofOne.seen(RecordKind.CLOSE)).isZero();
    }
  }

  /** An earlier program has asked for the states of the socket, for all programs after it too. */
  @Test
  void aCloseOfUnknownBirthCountsAsUnknownAlone() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections earlier = new CapturedConnections(cgroup, namespace);
        SocketPair old = namespace.call(() -> SocketPair.over("127.0.0.1"));
        CapturedConnections later = new CapturedConnections(cgroup, namespace)) {
      old.finish();
      earlier.awaitEnds(2);
      assertThat(earlier.counters().unknown()).isZero();
      assertThat(later.drain()).isZero();
      assertThat(RecordKind.values()).allMatch(kind -> later.seen(kind) == 0);
      assertThat(later.counters().unknown()).isEqualTo(2);
    }
  }
}
