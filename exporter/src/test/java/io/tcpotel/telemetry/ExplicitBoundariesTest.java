// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.telemetry.ExplicitDistribution.Boundaries;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExplicitBoundariesTest {
  @ParameterizedTest
  @EnumSource(
      value = Instrument.class,
      names = {"CONNECTION_DURATION", "RTT", "MIN_RTT", "HANDSHAKE_DURATION"})
  void aBoundaryBelongsToTheBucketBelowIt(Instrument instrument) {
    Boundaries boundaries = Boundaries.of(instrument);
    List<Double> seconds = instrument.boundaries();
    for (int i = 0; i < seconds.size(); i++) {
      long ns = Math.round(seconds.get(i) * 1e9);
      assertThat(boundaries.bucket(ns - 1)).as("%d - 1 ns", ns).isEqualTo(i);
      assertThat(boundaries.bucket(ns)).as("%d ns", ns).isEqualTo(i);
      assertThat(boundaries.bucket(ns + 1)).as("%d + 1 ns", ns).isEqualTo(i + 1);
    }
    assertThat(boundaries.bucket(0)).isZero();
    assertThat(boundaries.bucket(Long.MAX_VALUE)).isEqualTo(seconds.size());
  }

  @Test
  void twoBoundariesOfAsManyBitsAreRefused() {
    assertThatThrownBy(() -> Boundaries.of(List.of(1.1, 1.5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[1.1, 1.5]");
  }

  @Test
  void boundariesMayBeTwiceTheOneBefore() {
    assertThat(Boundaries.of(List.of(1.0, 2.0)).bucket(2_000_000_001)).isEqualTo(2);
  }
}
