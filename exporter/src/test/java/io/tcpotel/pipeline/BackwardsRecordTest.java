// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.KernelClock;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A total below the one reported before takes nothing from a counter, and is counted. */
class BackwardsRecordTest {
  private static final int RETRANSMITS = 3;

  private final CollectedMetrics collected = new CollectedMetrics(false);
  private final ExportPipeline pipeline =
      new ExportPipeline(
          WorkloadTable.ofAgent(),
          collected.metrics,
          null,
          Set.of(),
          AddressUse.FULL,
          new KernelClock(),
          () -> 0,
          4096,
          () -> {});

  private static RecordImage end() {
    return RecordImage.close()
        .bytes(5000, 7000)
        .reportedBytes(4000, 6500)
        .segments(50, 70)
        .reportedSegments(40, 65)
        .retransmits(RETRANSMITS, 1);
  }

  static Stream<RecordImage> backwards() {
    return Stream.of(
        end().reportedBytes(5001, 6500),
        end().reportedBytes(4000, 7001),
        end().reportedSegments(51, 65),
        end().reportedSegments(40, 71),
        end().retransmits(RETRANSMITS, RETRANSMITS + 1),
        end().bytes(0, 0).reportedBytes(1 << 20, 1 << 20).openReported(true));
  }

  private void take(RecordImage image) {
    pipeline.beforeDrain();
    pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    pipeline.afterDrain();
  }

  @ParameterizedTest
  @MethodSource("backwards")
  void countsItsEndWithADifferenceOfNothing(RecordImage image) {
    take(image);
    assertThat(pipeline.counts().of(RecordCheck.BACKWARDS)).isEqualTo(1);
    assertThat(pipeline.counts().of(RecordKind.CLOSE)).isZero();
    assertThat(pipeline.counts().all()).isEqualTo(1);
    assertThat(collected.sums("tcpotel.io")).isEmpty();
    assertThat(collected.has("tcpotel.segments")).isFalse();
    assertThat(collected.sums("tcpotel.retransmits")).isEmpty();
    assertThat(collected.histogram("tcpotel.connection.duration")).hasSize(1);
  }

  @Test
  void segmentsThatWrapAreNotBackwards() {
    take(end().segments(7, 70).reportedSegments(-3, 65));
    assertThat(pipeline.counts().of(RecordCheck.OK)).isEqualTo(1);
    assertThat(collected.sums("tcpotel.segments").values()).containsExactlyInAnyOrder(10L, 5L);
  }

  @Test
  void segmentsBeyondHalfOfTheirRangeAreNotBackwardsIfAsManyBytesMoved() {
    take(end().segments(-2, 70).reportedSegments(0, 65).bytes(4000 + (1L << 32), 7000));
    assertThat(pipeline.counts().of(RecordCheck.OK)).isEqualTo(1);
    assertThat(collected.sums("tcpotel.segments").values()).contains((1L << 32) - 2);
  }
}
