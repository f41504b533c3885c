// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.PosixException;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The application's socket is none of TCP's: its subflows are, and they alone are reported. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class MptcpKernelTest {
  private static final int BYTES = 1_000;
  private static final int IPPROTO_TCP = 6;
  private static final String SECOND_ADDRESS = "198.18.1.77";

  /** A worker of the kernel connects it: its name is not that of the connection's process. */
  @Test
  void aFurtherSubflowIsAConnectionOfItsOwn() {
    try (TestNetwork network = TestNetwork.create();
        CapturedConnections captured = CapturedConnections.across(network)) {
      addSecondAddress(network);
      TestSocket listener = network.server().call(() -> listen(TestNetwork.serverAddress(true)));
      network.client().run(() -> talk(listener, captured, 4));
      List<ConnectionRecord> ends = captured.awaitEnds(4);
      captured.detach();
      captured.drain();
      assertThat(captured.records())
          .hasSize(8)
          .allMatch(
              record ->
                  record.protocol() == IPPROTO_TCP && record.cgroupId() == captured.cgroup().id());
      long own = ProcessHandle.current().pid();
      assertThat(captured.records())
          .filteredOn(record -> Records.isOutbound(record) && isSecond(record.localAddressText()))
          .hasSize(2)
          .allMatch(record -> record.pid() == 0 && record.command().isEmpty());
      assertThat(captured.records())
          .filteredOn(record -> !Records.isOutbound(record) || !isSecond(record.localAddressText()))
          .hasSize(6)
          .allMatch(record -> record.pid() == own);
      assertThat(ends.stream().map(ConnectionRecord::socketCookie).distinct()).hasSize(4);
      // Which of them carries the payload is the scheduler's choice.
      assertThat(ends)
          .filteredOn(Records::isOutbound)
          .hasSize(2)
          .anyMatch(end -> isSecond(end.localAddressText()))
          .allMatch(end -> ErrorType.of(end) == null);
      assertThat(sent(ends, true)).isEqualTo(BYTES).isEqualTo(received(ends, false));
      assertThat(sent(ends, false)).isZero().isEqualTo(received(ends, true));
      captured.assertSumsClose();
    }
  }

  /** Of the client alone, so that the server begins no subflow of its own. */
  private static void addSecondAddress(TestNetwork network) {
    for (TestNamespace end : List.of(network.client(), network.server())) {
      end.exec("ip", "mptcp", "limits", "set", "subflow", "1");
    }
    TestNamespace client = network.client();
    client.exec("ip", "address", "add", SECOND_ADDRESS + "/24", "dev", "near");
    client.exec("ip", "mptcp", "endpoint", "add", SECOND_ADDRESS, "dev", "near", "subflow");
  }

  private static boolean isSecond(String address) {
    return address.equals(SECOND_ADDRESS);
  }

  private static long sent(List<ConnectionRecord> ends, boolean outbound) {
    return ends.stream()
        .filter(end -> Records.isOutbound(end) == outbound)
        .mapToLong(ConnectionRecord::sentBytes)
        .sum();
  }

  private static long received(List<ConnectionRecord> ends, boolean outbound) {
    return ends.stream()
        .filter(end -> Records.isOutbound(end) == outbound)
        .mapToLong(ConnectionRecord::receivedBytes)
        .sum();
  }

  private static TestSocket listen(String address) {
    return multipath().bind(Endpoint.of(address, 0)).listen(1);
  }

  /** Ends once that many opens have been reported. */
  private static void talk(TestSocket listener, CapturedConnections captured, int opens) {
    try (TestSocket closedLast = listener;
        TestSocket client = multipath().connect(closedLast.localEndpoint());
        TestSocket server = closedLast.accept()) {
      client.sendAll(BYTES);
      server.receiveExactly(BYTES);
      Await.until(
          "the subflows",
          () -> {
            captured.drain();
            return captured.opens().size() >= opens;
          });
      client.shutdownWrite();
      server.receiveToEnd();
      server.shutdownWrite();
      client.receiveToEnd();
    }
  }

  private static TestSocket multipath() {
    try {
      return TestSocket.multipathV4();
    } catch (PosixException e) {
      KernelRequirement.assume(false, "MPTCP: " + e.getMessage());
      throw e;
    }
  }
}
