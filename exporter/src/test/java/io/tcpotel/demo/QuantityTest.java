// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0us",
    "0.000041, 41us",
    "0.0009996, 1.0ms",
    "0.00994, 9.9ms",
    "0.00996, 10ms",
    "0.9994, 999ms",
    "0.9996, 1.00s",
    "9.994, 9.99s",
    "9.996, 10.0s",
    "99.94, 99.9s",
    "99.96, 100s",
    "999, 999s",
    "1000, 16m",
    "6000, 1h40m",
    "36000, 10h",
    "345600, 4d"
  })
  void durations(double seconds, String text) {
    assertThat(Quantity.duration(seconds)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0B",
    "999, 999B",
    "1000, 1.0k",
    "9949, 9.9k",
    "9950, 10k",
    "999499, 999k",
    "999500, 1.0M",
    "4200000, 4.2M",
    "9223372036854775807, 9.2E"
  })
  void bytes(long bytes, String text) {
    assertThat(Quantity.bytes(bytes)).isEqualTo(text);
  }

  @Property
  void durationsFitTheirColumn(@ForAll @DoubleRange(max = 800_000_000) double seconds) {
    assertThat(Quantity.duration(seconds)).hasSizeLessThanOrEqualTo(5);
  }

  @Property
  void bytesFitTheirColumn(@ForAll @LongRange(min = 0) long bytes) {
    assertThat(Quantity.bytes(bytes)).hasSizeLessThanOrEqualTo(4);
  }
}
