// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LogCountsTest {
  @Test
  void whatIsNowhereElseIsWaiting() {
    LogCounts counts = new LogCounts();
    counts.ended.add(100);
    counts.exported.add(40);
    counts.rejected.add(5);
    counts.queueFull.add(6);
    counts.shutdown.add(7);
    counts.inFlight.add(8);
    counts.failed(Status.Code.INTERNAL, 3);
    counts.failed(Status.Code.INTERNAL, 1);
    counts.failed(Status.Code.UNIMPLEMENTED, 10);
    assertThat(counts.failed()).isEqualTo(Map.of("INTERNAL", 4L, "UNIMPLEMENTED", 10L));
    assertThat(counts.waiting()).isEqualTo(100 - 40 - 5 - 6 - 7 - 8 - 14);
  }
}
