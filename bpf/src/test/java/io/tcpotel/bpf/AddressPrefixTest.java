// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPrefixTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 00000000000000000000ffff0a000000, 104",
    "192.168.7.9, 00000000000000000000ffffc0a80709, 128",
    "0.0.0.0/0, 00000000000000000000ffff00000000, 96",
    "127.0.0.64/26, 00000000000000000000ffff7f000040, 122",
    "2001:db8::/32, 20010db8000000000000000000000000, 32",
    "::/0, 00000000000000000000000000000000, 0",
    "::1/128, 00000000000000000000000000000001, 128",
    "fe80::5, fe800000000000000000000000000005, 128"
  })
  void isReadIntoTheOneForm(String text, String address, int bits) {
    AddressPrefix prefix = AddressPrefix.parse(text);
    assertThat(HexFormat.of().formatHex(prefix.address())).isEqualTo(address);
    assertThat(prefix.bits()).isEqualTo(bits);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "localhost", "10.0.0", "10.0.0.0/8/8x", "300.1.1.1", "/8", "1:2"})
  void refusesWhatIsNoAddress(String text) {
    assertThatThrownBy(() -> AddressPrefix.parse(text))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129", "::/x", "::/1000"})
  void refusesALengthThatCannotBe(String text) {
    assertThatThrownBy(() -> AddressPrefix.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no length from 0 to");
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.1/8", "127.0.0.65/26", "2001:db8::1/64", "::1/0"})
  void refusesBitsBehindThePrefix(String text) {
    assertThatThrownBy(() -> AddressPrefix.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "' has bits set behind its prefix");
  }

  @Test
  void isEqualByAddressAndLength() {
    assertThat(AddressPrefix.parse("10.0.0.0/8"))
        .isEqualTo(AddressPrefix.parse("10.0.0.0/8"))
        .hasSameHashCodeAs(AddressPrefix.parse("10.0.0.0/8"))
        .isNotEqualTo(AddressPrefix.parse("10.0.0.0/9"))
        .isNotEqualTo(AddressPrefix.parse("11.0.0.0/8"));
  }
}
