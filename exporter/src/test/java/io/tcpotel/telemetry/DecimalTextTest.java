// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalTextTest {
  private static final int AT = 3;

  private final byte[] to = new byte[AT + DecimalText.MAX_BYTES + 1];

  private String text(long value) {
    Arrays.fill(to, (byte) 'x');
    int end = DecimalText.write(value, to, AT);
    assertThat(to).startsWith("xxx".getBytes(StandardCharsets.US_ASCII)).endsWith((byte) 'x');
    return new String(to, AT, end - AT, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        9,
        10,
        99,
        100,
        10_000,
        99_999_999,
        100_000_000,
        100_000_001,
        9_999_999_999_999_999L,
        10_000_000_000_000_000L,
        Long.MAX_VALUE
      })
  void writesNumbersAroundEachStep(long value) {
    assertThat(text(value)).isEqualTo(Long.toString(value));
  }

  @Property
  void writesAnyNumber(@ForAll("numbers") long value) {
    assertThat(text(value)).isEqualTo(Long.toString(value));
  }

  @Provide
  Arbitrary<Long> numbers() {
    return Arbitraries.integers()
        .between(1, 63)
        .flatMap(bits -> Arbitraries.longs().between(0, Long.MAX_VALUE >>> 63 - bits));
  }

  @Test
  void writesEachNumberOfFourDigits() {
    for (int value = 0; value < 10_000; value++) {
      assertThat(text(value)).isEqualTo(Integer.toString(value));
      assertThat(text(value * 10_000L + 9_999)).isEqualTo(Long.toString(value * 10_000L + 9_999));
    }
  }

  @Property
  void writesThreeDigitsBehindThePoint(@ForAll @IntRange(max = 999) int thousandths) {
    int end = DecimalText.writeThousandths(thousandths, to, AT);
    assertThat(new String(to, AT, end - AT, StandardCharsets.US_ASCII))
        .isEqualTo(String.format(".%03d", thousandths));
  }
}
