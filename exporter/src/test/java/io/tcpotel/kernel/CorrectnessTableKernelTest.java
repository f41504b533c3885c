// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.BulkTransfer;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More bytes than 32 bits count, and the first connections of a process. */
@KernelTest
@Timeout(60)
class CorrectnessTableKernelTest {
  private static final String LOOPBACK = "127.0.0.1";
  private static final long FIVE_GIB = 5L << 30;

  private static CapturedRecord end(CapturedConnections captured, boolean outbound) {
    List<CapturedRecord> found =
        captured.awaitEnds(2).stream().filter(end -> end.isOutbound() == outbound).toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  /** Where 32 bits have wrapped round. */
  @Test
  void fiveGibibytesAreFiveGibibytes() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace);
        SocketPair pair = namespace.call(() -> SocketPair.over(LOOPBACK))) {
      long bytes = FIVE_GIB + 123;
      assertThat(BulkTransfer.run(pair.client(), pair.server(), bytes)).isEqualTo(bytes);
      Conversation.exchange(pair.server(), pair.client(), 321);
      pair.finish();
      assertThat(end(captured, true).sentBytes()).isEqualTo(bytes);
      assertThat(end(captured, true).receivedBytes()).isEqualTo(321);
      assertThat(end(captured, false).receivedBytes()).isEqualTo(bytes);
      assertThat(end(captured, false).sentBytes()).isEqualTo(321);
    }
  }

  /** Of a process that did not exist when the program was attached. */
  @Test
  void theFirstConnectionsOfAProcessAreReported() throws Exception {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace);
        TestSocket listener =
            namespace.call(() -> TestSocket.listening(Endpoint.of(LOOPBACK, 0)))) {
      String target = "/dev/tcp/" + LOOPBACK + "/" + listener.localEndpoint().port();
      String script = "for i in 1 22 333; do exec 3<>" + target + "; printf $i >&3; done";
      Process process = namespace.call(() -> new ProcessBuilder("bash", "-c", script).start());
      try {
        acceptThree(listener);
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      captured.awaitEnds(6);
      assertThat(captured.ends())
          .filteredOn(end -> end.isOutbound() && end.pid() == process.pid())
          .extracting(CapturedRecord::sentBytes)
          .containsExactlyInAnyOrder(1L, 2L, 3L);
      assertThat(captured.opens()).hasSize(6);
    }
  }

  private static void acceptThree(TestSocket listener) {
    for (int i = 1; i <= 3; i++) {
      try (TestSocket server = listener.accept()) {
        assertThat(server.receiveToEnd()).hasSize(i);
      }
    }
  }
}
