// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AddressTextTest {
  private static final int AT = 3;

  private final AddressText text = new AddressText();
  private final byte[] to = new byte[AT + AddressText.ROOM_BYTES + 1];

  private String copied(long first, long second) {
    Arrays.fill(to, (byte) 'x');
    int end = text.of(first, second).copyTo(to, AT);
    assertThat(end - AT).isEqualTo(text.length());
    assertThat(to).startsWith("xxx".getBytes(StandardCharsets.US_ASCII)).endsWith((byte) 'x');
    return new String(to, AT, end - AT, StandardCharsets.US_ASCII);
  }

  /** Addresses that differ in one half only follow each other, and some come again. */
  @Test
  void isThatOfTheLastAddress() {
    List<Long> halves = List.of(0L, -1L, 0x0102_0a0a_ffff_0000L, 0xb80d_0120L, 1L << 56);
    Random random = new Random(20_261_128);
    for (int i = 0; i < 1000; i++) {
      long first = halves.get(random.nextInt(halves.size()));
      long second = halves.get(random.nextInt(halves.size()));
      assertThat(copied(first, second)).isEqualTo(IpAddress.text(first, second));
    }
  }

  @Test
  void isThatOfZerosBeforeTheFirst() {
    assertThat(copied(0, 0)).isEqualTo("::");
  }
}
