// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.otlp.spool.RecordBlock;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final int MIB = 1 << 20;
  private static final int SMALLEST_BYTES = 5000;
  private static final long HEAP_BYTES = 64L * MIB;

  private static MemoryPlan plan(long queueBytes, int requestBytes, Path spool) {
    LogDelivery.Bounds bounds =
        new LogDelivery.Bounds(
            queueBytes, requestBytes, 128 << 10, Duration.ofHours(1), spool, 256 * MIB);
    return MemoryPlan.of(bounds, SMALLEST_BYTES, HEAP_BYTES);
  }

  @Test
  void requestsAreAtMostAnEighthOfTheMemory() {
    assertThat(plan(16 * MIB, MIB, null).requestBytes()).isEqualTo(MIB);
    assertThat(plan(16 * MIB, 64 * MIB, null).requestBytes()).isEqualTo(2 * MIB);
  }

  @Test
  void requestsAndWaitingRecordsTakeTheWholeMemoryAndNoMore() {
    MemoryPlan plan = plan(16 * MIB, MIB, null);
    long blockBytes = (long) plan.blockRecords() * RecordBlock.SLOT_BYTES;
    long bytes = 5L * MIB + plan.blocks() * blockBytes;
    assertThat(bytes).isBetween(16L * MIB - blockBytes, 16L * MIB);
  }

  @Test
  void aSpoolLeavesLessForWaitingRecords() {
    assertThat(plan(16 * MIB, MIB, Path.of("/spool")).blocks())
        .isLessThan(plan(16 * MIB, MIB, null).blocks())
        .isPositive();
  }

  @Test
  void requestsThatTheHeapCannotHoldAreRefused() {
    assertThat(plan(1L << 30, 6 * MIB, null).requestBytes()).isEqualTo(6 * MIB);
    assertThatThrownBy(() -> plan(1L << 30, 64 * MIB, null))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("request bytes: 5 requests of 67108864 bytes")
        .hasMessageContaining("give 6MiB or less");
  }

  @Test
  void sizesThatHoldNothingAreRefused() {
    assertThatThrownBy(() -> plan(16 * MIB, SMALLEST_BYTES - 1, null))
        .hasMessageContaining("request bytes: 4999 bytes hold no record")
        .hasMessageContaining("at least 5KiB");
    assertThatThrownBy(() -> plan(8 * SMALLEST_BYTES - 1, MIB, null))
        .hasMessageContaining("queue bytes: 39999 bytes hold no request")
        .hasMessageContaining("at least 40KiB");
    assertThat(plan(8 * SMALLEST_BYTES, SMALLEST_BYTES, null).requestBytes())
        .isEqualTo(SMALLEST_BYTES);
  }
}
