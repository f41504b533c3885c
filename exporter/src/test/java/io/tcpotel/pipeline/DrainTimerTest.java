// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DrainTimerTest {
  private static final long RING_BYTES = 1 << 20;

  private final DrainTimer timer = new DrainTimer();

  private int after(long foundBytes, long leftBytes) {
    timer.drained(foundBytes, leftBytes, RING_BYTES);
    return timer.nextMs();
  }

  private int afterFilling(long bytesPerMs) {
    return after(timer.nextMs() * bytesPerMs, 0);
  }

  @Test
  void whereFewRecordsComeTheSleepGrowsToItsLimit() {
    assertThat(timer.nextMs()).isEqualTo(20);
    assertThat(after(0, 0)).isEqualTo(40);
    assertThat(after(224, 0)).isEqualTo(80);
    assertThat(after(0, 0)).isEqualTo(100);
    assertThat(after(224, 0)).isEqualTo(100);
  }

  @Test
  void itLastsWhileAQuarterOfTheRingFills() {
    long bytesPerMs = RING_BYTES / 4 / 50;
    assertThat(afterFilling(bytesPerMs)).isEqualTo(40);
    assertThat(afterFilling(bytesPerMs)).isEqualTo(50);
    assertThat(afterFilling(bytesPerMs)).isEqualTo(50);
    assertThat(afterFilling(2 * bytesPerMs)).isEqualTo(25);
    assertThat(afterFilling(4 * bytesPerMs)).as("the shortest").isEqualTo(20);
  }

  @Test
  void halfOfTheRingInOneDrainIsFollowedByTheNextAtOnce() {
    assertThat(after(RING_BYTES / 2 - 8, 0)).isEqualTo(20);
    assertThat(after(RING_BYTES / 2, 0)).isZero();
    assertThat(after(RING_BYTES, RING_BYTES / 2)).isZero();
    assertThat(after(0, 0)).as("the burst is over").isEqualTo(20);
  }

  @Test
  void whatNobodyWantsYetIsNotAskedForWithoutRest() {
    assertThat(after(RING_BYTES / 2, RING_BYTES / 2)).isEqualTo(20);
  }
}
