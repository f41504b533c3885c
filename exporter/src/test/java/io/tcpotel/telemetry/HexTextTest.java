// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class HexTextTest {
  private static String written(long value) {
    byte[] to = new byte[20];
    assertThat(HexText.write(value, to, 3)).isEqualTo(3 + HexText.BYTES);
    return new String(to, 3, HexText.BYTES, StandardCharsets.US_ASCII);
  }

  @Example
  void digitsStandInTheirOrder() {
    assertThat(written(0x0123_4567_89ab_cdefL)).isEqualTo("0123456789abcdef");
  }

  @Property
  void itIsTheTextOfTheStandardLibrary(@ForAll long value) {
    assertThat(written(value)).isEqualTo(String.format("%016x", value));
  }

  @Property
  void aUuidIsThatOfTheStandardLibrary(@ForAll long high, @ForAll long low) {
    byte[] to = new byte[36];
    assertThat(HexText.writeUuid(high, low, to)).isEqualTo(36);
    assertThat(new String(to, StandardCharsets.US_ASCII)).isEqualTo(new UUID(high, low).toString());
  }
}
