// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * Against the outputs of {@code openssl mac -macopt size:16 SIPHASH}, with the key 00 01 ... 0f.
 */
class SipHash128Test {
  private final SipHash128 hash = new SipHash128(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

  @Test
  void oneWord() {
    assertThat(hashOfFirst(1)).isEqualTo("3b62a9ba6258f5610f83e264f31497b4");
  }

  @Test
  void fourWords() {
    assertThat(hashOfFirst(4)).isEqualTo("7c3956ca5eeafc3e363e9d556546eb68");
  }

  @Test
  void oneAfterTheOther() {
    hashOfFirst(4);
    oneWord();
  }

  private String hashOfFirst(int words) {
    hash.begin();
    for (int word = 0; word < words; word++) {
      hash.add(0x0706050403020100L + word * 0x0808080808080808L);
    }
    hash.end();
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(hash.high()).putLong(hash.low());
    return HexFormat.of().formatHex(bytes.array());
  }
}
