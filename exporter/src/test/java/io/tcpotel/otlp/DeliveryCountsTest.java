// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeliveryCountsTest {
  @Test
  void aSnapshotHasEachTermInItsPlace() {
    DeliveryCounts counts = new DeliveryCounts();
    counts.ended.add(1);
    counts.queueFull.add(6);
    counts.shutdown.add(7);
    counts.waiting.add(8);
    counts.sent(100);
    counts.accepted(45, 5);
    counts.failed(Status.Code.INTERNAL, 3);
    counts.failed(Status.Code.INTERNAL, 1);
    counts.failed(Status.Code.UNIMPLEMENTED, 10);
    counts.takenBack(2);
    assertThat(counts.failed()).isEqualTo(Map.of("INTERNAL", 4L, "UNIMPLEMENTED", 10L));
    assertThat(counts.snapshot())
        .isEqualTo(
            new DeliveryCounts.Snapshot(1, 40, 5, 14, 6, 7, 8, 39, counts.spool().snapshot()));
  }
}
