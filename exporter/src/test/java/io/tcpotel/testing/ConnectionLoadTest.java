// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ConnectionLoadTest {
  @Test
  void countsWhatTheApplicationSaw() {
    assertAll(new ConnectionLoad(1001, 3, 70_000), new ConnectionLoad(1001, 3, 70_000).run());
  }

  @KernelTest
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isFastInANamespaceWithAndWithoutReceiveSteering(boolean steering) {
    ConnectionLoad load = new ConnectionLoad(50_000, 4, 100);
    try (TestNamespace namespace = TestNamespace.create()) {
      namespace.receiveSteering(steering);
      ConnectionLoad.Outcome outcome = namespace.call(load::run);
      assertAll(load, outcome);
      assertThat(outcome.elapsed()).isLessThan(Duration.ofSeconds(30));
    }
  }

  private static void assertAll(ConnectionLoad load, ConnectionLoad.Outcome outcome) {
    long bytes = (long) load.connections() * load.bytesEachWay();
    assertThat(outcome.failed()).isZero();
    assertThat(outcome.completed()).isEqualTo(load.connections());
    assertThat(outcome.served()).isEqualTo(load.connections());
    assertThat(outcome.clientSentBytes()).isEqualTo(bytes);
    assertThat(outcome.clientReceivedBytes()).isEqualTo(bytes);
    assertThat(outcome.serverSentBytes()).isEqualTo(bytes);
    assertThat(outcome.serverReceivedBytes()).isEqualTo(bytes);
  }
}
