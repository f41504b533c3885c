// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeSettingsTest {
  @ParameterizedTest
  @ValueSource(longs = {4096, 8192, 1 << 20, 1 << 30})
  void takesPowersOfTwoAndWakesTheReaderAtHalf(long ringBytes) {
    ProbeSettings settings = ProbeSettings.of(ringBytes, true);
    assertThat(settings.ringBytes()).isEqualTo(ringBytes);
    assertThat(settings.wakeupBytes()).isEqualTo(ringBytes / 2);
    assertThat(settings.ownConnections()).isTrue();
  }

  @Test
  void asksForEveryKind() {
    assertThat(ProbeSettings.of(4096, false).reportKinds()).containsExactly(RecordKind.values());
    assertThat(ProbeSettings.DEFAULT_RING_BYTES).isEqualTo(1 << 20);
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, -4096, 0, 1, 2048, 4095, 4097, 12288, 1L << 31, 1L << 62})
  void refusesOtherSizesAsWrongUse(long ringBytes) {
    assertThatThrownBy(() -> ProbeSettings.of(ringBytes, false))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("ring size")
        .hasMessageContaining(Long.toString(ringBytes))
        .hasMessageContaining("1MiB")
        .extracting(thrown -> ((Failure) thrown).exitCode())
        .isEqualTo(Failure.USAGE);
  }
}
