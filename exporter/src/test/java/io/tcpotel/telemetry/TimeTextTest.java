// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class TimeTextTest {
  @Property
  void timesAreThoseOfTheStandardLibrary(
      @ForAll @LongRange(min = -2_208_988_800_000_000_000L) long ns) {
    DateTimeFormatter form =
        DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.nnnnnnnnn xxxx 'UTC'", Locale.ROOT);
    byte[] to = new byte[60];
    int length = TimeText.write(ns, to, 2);
    assertThat(new String(to, 2, length - 2, StandardCharsets.US_ASCII))
        .isEqualTo(Instant.ofEpochSecond(0, ns).atOffset(ZoneOffset.UTC).format(form));
  }
}
