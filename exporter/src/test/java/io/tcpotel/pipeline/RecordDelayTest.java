// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.record.KernelClock;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.testing.RecordImage;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** How long the first record of a drain waited in the ring: {@code tcpotel.record.delay}. */
class RecordDelayTest {
  private static final long SECOND_NS = 1_000_000_000L;

  private final ExportPipeline pipeline =
      new ExportPipeline(
          new CollectedMetrics(false).metrics,
          null,
          Set.of(),
          new KernelClock(),
          () -> 0,
          4096,
          () -> {});

  private long delayNs(long... agesNs) {
    long nowNs = System.nanoTime();
    pipeline.beforeDrain();
    for (long ageNs : agesNs) {
      RecordImage image = RecordImage.close().closeNs(nowNs - ageNs);
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    }
    pipeline.afterDrain();
    return pipeline.firstDelayNs();
  }

  @Test
  void isThatOfTheFirstRecordOfEachDrain() {
    long beforeNs = System.nanoTime();
    long firstNs = delayNs(7 * SECOND_NS, 100 * SECOND_NS);
    long secondNs = delayNs(30 * SECOND_NS);
    long tookNs = System.nanoTime() - beforeNs;
    assertThat(firstNs).isBetween(7 * SECOND_NS, 7 * SECOND_NS + tookNs);
    assertThat(secondNs).isBetween(30 * SECOND_NS, 30 * SECOND_NS + tookNs);
  }

  @Test
  void isNothingWithoutARecordAndZeroForOneOfTheDrainItself() {
    delayNs(SECOND_NS);
    assertThat(delayNs()).isEqualTo(-1);
    assertThat(delayNs(-60 * SECOND_NS)).isZero();
  }
}
