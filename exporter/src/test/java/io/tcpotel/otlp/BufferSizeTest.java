// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BufferSizeTest {
  private static final long SECOND_NS = 1_000_000_000L;

  private final BufferSize size = new BufferSize(100, 350);

  @Test
  void isSmallAsLongAsSmallOnesAreEnough() {
    assertThat(size.next(1)).isEqualTo(100);
    assertThat(size.next(100 * SECOND_NS)).isEqualTo(100);
  }

  /** Runs out so often at {@code nowNs}; the size of the last buffer. */
  private int runOut(BufferSize of, int times, long nowNs) {
    int bytes = 0;
    for (int i = 0; i < times; i++) {
      of.ranOut();
      of.ranOut();
      bytes = of.next(nowNs);
    }
    return bytes;
  }

  private int runOut(int times, long nowNs) {
    return runOut(size, times, nowNs);
  }

  @Test
  void doublesUpToItsLimitEachTimeTheyRanOutTooOften() {
    assertThat(runOut(31, 1)).isEqualTo(100);
    assertThat(runOut(1, 2)).isEqualTo(200);
    assertThat(size.next(3)).as("not again without need").isEqualTo(200);
    assertThat(runOut(31, 4)).isEqualTo(200);
    assertThat(runOut(1, 5)).isEqualTo(350);
    assertThat(runOut(64, 6)).isEqualTo(350);
  }

  @Test
  void oneBurstASecondChangesNothing() {
    for (int second = 1; second <= 20; second++) {
      assertThat(runOut(30, second * SECOND_NS)).isEqualTo(100);
    }
  }

  @Test
  void shrinksStepByStepOnceItIsQuiet() {
    runOut(32, 0);
    assertThat(runOut(32, SECOND_NS)).isEqualTo(350);
    assertThat(size.next(11 * SECOND_NS - 1)).isEqualTo(350);
    assertThat(size.next(11 * SECOND_NS)).isEqualTo(175);
    assertThat(size.next(12 * SECOND_NS)).isEqualTo(175);
    assertThat(size.next(21 * SECOND_NS)).isEqualTo(100);
    assertThat(size.next(41 * SECOND_NS)).isEqualTo(100);
  }

  @Test
  void runningOutNowAndThenKeepsItsSize() {
    runOut(32, 0);
    assertThat(runOut(1, 9 * SECOND_NS)).isEqualTo(200);
    assertThat(runOut(1, 18 * SECOND_NS)).isEqualTo(200);
    assertThat(size.next(28 * SECOND_NS)).isEqualTo(100);
  }

  @Test
  void aLimitBelowTheSmallestIsTheSize() {
    BufferSize limited = new BufferSize(100, 60);
    assertThat(limited.next(0)).isEqualTo(60);
    assertThat(runOut(limited, 32, 1)).isEqualTo(60);
  }
}
