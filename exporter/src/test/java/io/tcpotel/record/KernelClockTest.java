// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KernelClockTest {
  private static final long SECOND_NS = TestClock.SECOND_NS;

  private final TestClock now = new TestClock();
  private final KernelClock clock = now.clock();

  @Test
  void addsTheDistanceOfTheTwoClocks() {
    assertThat(clock.toEpochNs(500 * SECOND_NS)).isEqualTo(now.wallNs());
    assertThat(clock.toEpochNs(499 * SECOND_NS + 1)).isEqualTo(now.wallNs() - SECOND_NS + 1);
  }

  @Test
  void returnsTheMonotonicClockFromARefresh() {
    now.pass(123);
    assertThat(clock.refresh()).isEqualTo(500 * SECOND_NS + 123);
  }

  @Test
  void appliesAStepOfTheWallClockOnlyAfterTheRefreshPeriod() {
    now.setWallForward(3600 * SECOND_NS);
    now.pass(10 * SECOND_NS - 1);
    long before = clock.refresh();
    assertThat(clock.toEpochNs(before)).isEqualTo(now.wallNs() - 3600 * SECOND_NS);
    now.pass(1);
    long after = clock.refresh();
    assertThat(clock.toEpochNs(after)).isEqualTo(now.wallNs());
  }

  @Test
  void followsAClockThatIsSetBack() {
    now.setWallForward(-86_400 * SECOND_NS);
    now.pass(11 * SECOND_NS);
    assertThat(clock.toEpochNs(clock.refresh())).isEqualTo(now.wallNs());
  }

  @Test
  void addsUpHowFarTheWallClockWasMoved() {
    assertThat(clock.offsetNs()).isEqualTo(now.wallNs() - now.monotonicNs());
    assertThat(clock.changeNs()).isZero();
    now.setWallForward(3600 * SECOND_NS);
    now.pass(10 * SECOND_NS);
    clock.refresh();
    assertThat(clock.changeNs()).isEqualTo(3600 * SECOND_NS);
    now.setWallForward(-5 * SECOND_NS - 7);
    now.pass(10 * SECOND_NS);
    clock.refresh();
    assertThat(clock.changeNs()).isEqualTo(3605 * SECOND_NS + 7);
    assertThat(clock.offsetNs()).isEqualTo(now.wallNs() - now.monotonicNs());
  }

  @Test
  void keepsTheFirstOfEquallyTightLooks() {
    Deque<Long> wall = new ArrayDeque<>(List.of(8L));
    KernelClock clock =
        new KernelClock(
            () -> 5 * SECOND_NS,
            () -> Instant.ofEpochSecond(wall.isEmpty() ? 9 : wall.poll(), 123_456_789));
    assertThat(clock.offsetNs()).isEqualTo(3 * SECOND_NS + 123_456_789);
  }

  @Test
  void keepsTheTightestOfItsLooks() {
    Deque<Long> monotonic = new ArrayDeque<>();
    for (int i = 0; i < 10; i++) {
      long width = i == 6 ? 2 : 1000;
      monotonic.addAll(List.of(10_000L, 10_000L + width));
    }
    KernelClock clock =
        new KernelClock(
            () -> monotonic.isEmpty() ? 20_000L : monotonic.poll(), () -> Instant.ofEpochSecond(9));
    assertThat(clock.toEpochNs(10_001)).isEqualTo(9 * SECOND_NS);
  }

  @Test
  void agreesWithTheClocksOfThisMachine() {
    KernelClock clock = new KernelClock();
    long nowNs = clock.toEpochNs(System.nanoTime());
    long wallMs = System.currentTimeMillis();
    assertThat(TimeUnit.NANOSECONDS.toMillis(nowNs)).isBetween(wallMs - 2000, wallMs + 2000);
  }

  @Test
  void readsTheOffsetOfItsTimeNamespace() {
    String offsets = "boottime   7 8\nmonotonic       86400         250000000\n";
    assertThat(TimeNamespace.monotonicOffsetNs(offsets)).isEqualTo(86_400_250_000_000L);
    assertThat(TimeNamespace.monotonicOffsetNs("monotonic -3 999999999\n"))
        .isEqualTo(-2_000_000_001L);
    assertThat(TimeNamespace.monotonicOffsetNs("")).isZero();
    assertThat(TimeNamespace.monotonicOffsetNs()).as("here").isZero();
  }
}
