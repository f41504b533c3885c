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

  @Test
  void doublesUpToItsLimitEachTimeTheyRanOut() {
    size.ranOut();
    size.ranOut();
    assertThat(size.next(1)).isEqualTo(200);
    assertThat(size.next(2)).as("not again without need").isEqualTo(200);
    size.ranOut();
    assertThat(size.next(3)).isEqualTo(350);
    size.ranOut();
    assertThat(size.next(4)).isEqualTo(350);
  }

  @Test
  void shrinksStepByStepOnceItIsQuiet() {
    size.ranOut();
    size.next(0);
    size.ranOut();
    assertThat(size.next(SECOND_NS)).isEqualTo(350);
    assertThat(size.next(11 * SECOND_NS - 1)).isEqualTo(350);
    assertThat(size.next(11 * SECOND_NS)).isEqualTo(175);
    assertThat(size.next(12 * SECOND_NS)).isEqualTo(175);
    assertThat(size.next(21 * SECOND_NS)).isEqualTo(100);
    assertThat(size.next(41 * SECOND_NS)).isEqualTo(100);
  }

  @Test
  void aLimitBelowTheSmallestIsTheSize() {
    BufferSize limited = new BufferSize(100, 60);
    assertThat(limited.next(0)).isEqualTo(60);
    limited.ranOut();
    assertThat(limited.next(1)).isEqualTo(60);
  }
}
