// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.BulkTransfer;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** More bytes than 32 bits count, and the first connections of a process. */
@KernelTest
@Timeout(60)
class CorrectnessTableKernelTest {
  private static final String LOOPBACK = "127.0.0.1";
  private static final long FIVE_GIB = 5L << 30;

  /** Where 32 bits have wrapped round. */
  @Test
  void fiveGibibytesAreFiveGibibytes() {
    try (CapturedConnections captured = CapturedConnections.begin();
        SocketPair pair = captured.connect(LOOPBACK)) {
      long bytes = FIVE_GIB + 123;
      assertThat(BulkTransfer.run(pair.client(), pair.server(), bytes)).isEqualTo(bytes);
      Conversation.exchange(pair.server(), pair.client(), 321);
      pair.finish();
      assertThat(captured.awaitEnd(true).sentBytes()).isEqualTo(bytes);
      assertThat(captured.awaitEnd(true).receivedBytes()).isEqualTo(321);
      assertThat(captured.awaitEnd(false).receivedBytes()).isEqualTo(bytes);
      assertThat(captured.awaitEnd(false).sentBytes()).isEqualTo(321);
    }
  }
}
