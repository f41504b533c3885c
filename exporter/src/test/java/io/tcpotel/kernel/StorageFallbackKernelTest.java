// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.OptionMemory;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A socket whose owner leaves no memory for our state of it is reported like any other. */
@KernelTest
@Timeout(60)
class StorageFallbackKernelTest {
  private static final int FIRST_BYTES = 10 << 20;
  private static final int SECOND_BYTES = 1234;

  private static long connectTwice() {
    try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0));
        TestSocket client = TestSocket.v4()) {
      assertThat(OptionMemory.useUp(client)).isPositive();
      client.connect(listener.localEndpoint());
      try (TestSocket server = listener.accept()) {
        Conversation.exchange(client, server, FIRST_BYTES);
      }
      client.receiveToEnd();
      client.disconnect();
      client.connect(listener.localEndpoint());
      try (TestSocket server = listener.accept()) {
        Conversation.exchange(client, server, SECOND_BYTES);
        client.shutdownWrite();
        server.receiveToEnd();
      }
      client.receiveToEnd();
      return client.cookie();
    }
  }

  @Test
  void bothOfItsConnectionsAreReportedWithAllTheirBytes() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, namespace)) {
      long cookie = namespace.call(StorageFallbackKernelTest::connectTwice);
      captured.awaitEnds(4);
      List<CapturedRecord> ofClient =
          captured.records().stream().filter(record -> record.socketCookie() == cookie).toList();
      assertThat(ofClient)
          .extracting(CapturedRecord::kind)
          .containsExactly(RecordKind.OPEN, RecordKind.CLOSE, RecordKind.OPEN, RecordKind.CLOSE);
      assertThat(ofClient).allMatch(CapturedRecord::isOutbound);
      assertThat(ofClient)
          .extracting(CapturedRecord::pid)
          .containsOnly(ProcessHandle.current().pid());
      CapturedRecord first = ofClient.get(1);
      CapturedRecord second = ofClient.get(3);
      assertThat(first.sentBytes() + first.unackedBytes()).isEqualTo(FIRST_BYTES);
      assertThat(second.sentBytes()).isEqualTo(SECOND_BYTES);
      assertThat(second.openReported()).isTrue();
      assertThat(ErrorType.of(second.view())).isNull();
      assertThat(ofClient.stream().map(record -> record.view().connectionId()).distinct())
          .hasSize(2);
      assertThat(captured.outcome(RecordKind.OPEN, ReportOutcome.NO_STORAGE)).isZero();
      captured.assertSumsClose();
    }
  }
}
