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
  private static final long SECOND_NS = 1_000_000_000L;

  private long monotonicNs = 500 * SECOND_NS;
  private long wallNs = 1_700_000_000L * SECOND_NS + 123_456_789;

  private Instant wall() {
    return Instant.ofEpochSecond(0, wallNs);
  }

  private KernelClock clock() {
    return new KernelClock(() -> monotonicNs, this::wall);
  }

  private void pass(long ns) {
    monotonicNs += ns;
    wallNs += ns;
  }

  @Test
  void addsTheDistanceOfTheTwoClocks() {
    KernelClock clock = clock();
    assertThat(clock.toEpochNs(500 * SECOND_NS)).isEqualTo(wallNs);
    assertThat(clock.toEpochNs(499 * SECOND_NS + 1)).isEqualTo(wallNs - SECOND_NS + 1);
  }

  @Test
  void returnsTheMonotonicClockFromARefresh() {
    KernelClock clock = clock();
    pass(123);
    assertThat(clock.refresh()).isEqualTo(500 * SECOND_NS + 123);
  }

  @Test
  void appliesAStepOfTheWallClockOnlyAfterTheRefreshPeriod() {
    KernelClock clock = clock();
    wallNs += 3600 * SECOND_NS;
    pass(10 * SECOND_NS - 1);
    long before = clock.refresh();
    assertThat(clock.toEpochNs(before)).isEqualTo(wallNs - 3600 * SECOND_NS);
    pass(1);
    long after = clock.refresh();
    assertThat(clock.toEpochNs(after)).isEqualTo(wallNs);
  }

  @Test
  void followsAClockThatIsSetBack() {
    KernelClock clock = clock();
    wallNs -= 86_400 * SECOND_NS;
    pass(11 * SECOND_NS);
    assertThat(clock.toEpochNs(clock.refresh())).isEqualTo(wallNs);
  }

  @Test
  void addsUpHowFarTheWallClockWasMoved() {
    KernelClock clock = clock();
    assertThat(clock.offsetNs()).isEqualTo(wallNs - monotonicNs);
    assertThat(clock.changeNs()).isZero();
    wallNs += 3600 * SECOND_NS;
    pass(10 * SECOND_NS);
    clock.refresh();
    assertThat(clock.changeNs()).isEqualTo(3600 * SECOND_NS);
    wallNs -= 5 * SECOND_NS + 7;
    pass(10 * SECOND_NS);
    clock.refresh();
    assertThat(clock.changeNs()).isEqualTo(3605 * SECOND_NS + 7);
    assertThat(clock.offsetNs()).isEqualTo(wallNs - monotonicNs);
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
