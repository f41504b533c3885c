// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How much a step of a walk may do, by the size of the ring. */
class LiveWalksTest {
  @ParameterizedTest
  @ValueSource(longs = {1 << 12, 1 << 16, 1 << 20})
  void theRecordsOfAStepFillThreeQuartersOfTheRing(long ringBytes) {
    long records = LiveWalks.recordsPerStep(ringBytes);
    long each = RecordKind.UPDATE.bytes() + RingReader.HEADER_BYTES;
    assertThat(records * each).isLessThanOrEqualTo(ringBytes / 4 * 3);
    assertThat((records + 1) * each).isGreaterThan(ringBytes / 4 * 3);
  }

  @ParameterizedTest
  @ValueSource(longs = {1 << 23, 1 << 26, 1L << 31})
  void aLargerRingMakesNoLongerSteps(long ringBytes) {
    assertThat(LiveWalks.recordsPerStep(ringBytes)).isEqualTo(8192);
  }
}
