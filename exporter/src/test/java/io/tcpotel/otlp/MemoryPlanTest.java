// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.otlp.spool.Spool;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final int MIB = 1 << 20;
  private static final int SMALLEST_BYTES = 5000;
  private static final long HEAP_BYTES = 64L * MIB;

  private static MemoryPlan plan(long queueBytes, int requestBytes, Path spool) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(queueBytes, requestBytes, Duration.ofHours(1), spool, 256 * MIB);
    return MemoryPlan.of(bounds, SMALLEST_BYTES, HEAP_BYTES);
  }

  /** With 12 bytes for each of the records that can lie in it, of 256 bytes or more. */
  private static long buffer(int requestBytes) {
    return requestBytes + 12L * (requestBytes / 256 + 1);
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
    long bytes = 5 * buffer(MIB) + plan.blocks() * blockBytes;
    assertThat(bytes).isBetween(16L * MIB - blockBytes, 16L * MIB);
  }

  @Test
  void aSpoolLeavesLessForWaitingRecords() {
    assertThat(plan(16 * MIB, MIB, Path.of("/spool")).blocks())
        .isLessThan(plan(16 * MIB, MIB, null).blocks())
        .isPositive();
  }

  @Test
  void aSmallMemoryIsDividedToTheByte() {
    long slotBytes = RecordBlock.SLOT_BYTES;
    int blockRecords = (int) (MIB / 128 / slotBytes);
    long blockBytes = blockRecords * slotBytes;
    assertThat(plan(MIB, 64 << 10, null))
        .isEqualTo(
            new MemoryPlan(
                64 << 10, blockRecords, (int) ((MIB - 5 * buffer(64 << 10)) / blockBytes)));
    long copiesBytes = (65_536 / 640 + 1) * slotBytes;
    long restBytes = MIB - 5 * (buffer(64 << 10) + copiesBytes) - Spool.READ_BLOCKS * blockBytes;
    assertThat(plan(MIB, 64 << 10, Path.of("/spool")))
        .isEqualTo(new MemoryPlan(64 << 10, blockRecords, (int) (restBytes / blockBytes)));
    assertThat(MemoryPlan.copies(640)).isEqualTo(2);
    assertThat(MemoryPlan.copies(639)).isEqualTo(1);
  }

  @Test
  void requestsThatTheHeapCannotHoldAreRefused() {
    assertThat(plan(1L << 30, 6 * MIB, null).requestBytes()).isEqualTo(6 * MIB);
    int most = (int) (HEAP_BYTES / 10);
    assertThat(plan(1L << 30, most, null).requestBytes()).isEqualTo(most);
    assertThatThrownBy(() -> plan(1L << 30, most + 1, null)).isInstanceOf(Failure.class);
    assertThatThrownBy(() -> plan(1L << 30, 64 * MIB, null))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("request bytes: 5 requests of 67108864 bytes")
        .hasMessageContaining("half of the JVM's heap, 64 MiB")
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
