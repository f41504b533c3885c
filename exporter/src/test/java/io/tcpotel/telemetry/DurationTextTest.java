// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DurationTextTest {
  /** Beyond any that a record can have: 100 years. */
  private static final long LONGEST_NS = 100L * 365 * 86_400 * 1_000_000_000;

  private record Unit(String name, long ns, String most) {}

  /** Each with the most that is written in it. */
  private static final List<Unit> UNITS =
      List.of(
          new Unit("us", 1_000, "999"),
          new Unit("ms", 1_000_000, "999"),
          new Unit("s", 1_000_000_000, "99.9"),
          new Unit("m", 60_000_000_000L, "99.9"),
          new Unit("h", 3_600_000_000_000L, "999999999"));

  private static String text(long ns) {
    byte[] to = new byte[DecimalText.MAX_BYTES + 2];
    return new String(to, 0, DurationText.write(ns, to, 0), StandardCharsets.US_ASCII);
  }

  /** With as many decimals as three digits leave room for, in the first unit that has room. */
  private static String expected(long ns) {
    for (Unit unit : UNITS) {
      for (int decimals = 2; decimals >= 0; decimals--) {
        BigDecimal number =
            BigDecimal.valueOf(ns)
                .divide(BigDecimal.valueOf(unit.ns), decimals, RoundingMode.HALF_UP);
        boolean fits = number.precision() - number.scale() + decimals <= 3 || decimals == 0;
        if (fits && number.compareTo(new BigDecimal(unit.most)) <= 0) {
          return number.toPlainString() + unit.name;
        }
      }
    }
    throw new AssertionError(ns);
  }

  @Property
  void hasThreeDigitsOfAnyDuration(@ForAll("durations") long ns) {
    assertThat(text(ns)).isEqualTo(expected(ns));
  }

  @Provide
  Arbitrary<Long> durations() {
    return Arbitraries.integers()
        .between(1, 62)
        .flatMap(bits -> Arbitraries.longs().between(0, (1L << bits) - 1))
        .filter(ns -> ns <= LONGEST_NS);
  }

  @Test
  void changesItsFormWhereTheRoundedNumberHasAnotherDigit() {
    for (Unit unit : UNITS) {
      for (long power = 1; power <= 1000; power *= 10) {
        for (int tenths = -20; tenths <= 20; tenths++) {
          long ns = unit.ns * power / 10 * 10 + unit.ns / 1000 * tenths * power / 10;
          for (long near = Math.max(0, ns - 1); near <= ns + 1; near++) {
            assertThat(text(near)).isEqualTo(expected(near));
          }
        }
      }
    }
  }
}
