// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Of 23 connections in come 23 records per end out, and every field of each is true. */
@KernelTest
@Timeout(120)
class ConnectionKernelTest {
  private static final int COUNT = 23;

  @ParameterizedTest(name = "receive steering {0}")
  @ValueSource(booleans = {false, true})
  void everyFieldOfEveryRecordIsTrue(boolean steering) {
    assertThat(Conversations.COUNT).isEqualTo(COUNT);
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        Conversations conversations = new Conversations();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      namespace.receiveSteering(steering);
      conversations.run(namespace);
      captured.awaitEnds(2 * COUNT);
      captured.detach();
      captured.drain();
      long capturedNs = System.nanoTime();
      assertThat(captured.opens()).hasSize(2 * COUNT);
      assertThat(captured.ends()).hasSize(2 * COUNT);
      SoftAssertions softly = new SoftAssertions();
      ConversationChecks checks =
          new ConversationChecks(softly, namespace.cookie(), cgroup.id(), capturedNs);
      conversations.all().forEach(it -> checks.check(it, captured.records()));
      softly.assertAll();
      assertCounters(captured);
    }
  }

  private static void assertCounters(CapturedConnections captured) {
    int put = ProbeAbi.TCP_PROBE_PUT();
    assertThat(captured.outcome(ProbeAbi.TCP_PROBE_OPEN(), put)).isEqualTo(2L * COUNT);
    assertThat(captured.outcome(ProbeAbi.TCP_PROBE_CLOSE(), put)).isEqualTo(2L * COUNT);
    assertThat(captured.seen(ProbeAbi.TCP_PROBE_FAILED())).isZero();
    assertThat(captured.counters().unknown()).isZero();
    captured.assertSumsClose();
  }
}
