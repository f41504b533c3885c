// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.PrefixLengths;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class MetricKeysConverterTest {
  private static MetricKeys read(String text) {
    return new MetricKeysConverter().convert(text);
  }

  @ParameterizedTest
  @CsvSource({"port, PORT", "peer-name, PEER_NAME", "address-pair, ADDRESS_PAIR"})
  void readsAName(String text, MetricKeys.By expected) {
    assertThat(read(text)).isEqualTo(MetricKeys.of(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "address-prefix:/24,/48 24 48",
        "address-prefix:/0,/0 0 0",
        "address-prefix:/32,/128 32 128"
      })
  void readsTheLengthsOfPrefixes(String text, int ipv4, int ipv6) {
    assertThat(read(text)).isEqualTo(MetricKeys.of(new PrefixLengths(ipv4, ipv6)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pair|'pair' is none of port, peer-name, address-pair, address-prefix:/24,/48",
        "''|'' is none of",
        "PORT|'PORT' is none of",
        "address-prefix|is not like address-prefix:/24,/48, with the lengths for IPv4 and IPv6",
        "address-prefix:/24|is not like address-prefix:/24,/48",
        "address-prefix:24,48|is not like",
        "address-prefix:/24,48|is not like",
        "address-prefix:/24,/48,/64|is not like",
        "address-prefix:/33,/48|'/33' is no length of a prefix of IPv4: 0 to 32",
        "address-prefix:/24,/129|'/129' is no length of a prefix of IPv6: 0 to 128",
        "address-prefix:/-1,/48|'/-1' is no length of a prefix of IPv4",
        "address-prefix:/24,/|'/' is no length of a prefix of IPv6",
        "address-prefix:/24,/4x|'/4x' is no length"
      })
  void saysWhatIsWrong(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining(message);
  }
}
