// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricKeys.By;
import io.tcpotel.telemetry.PrefixLengths;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@link MetricKeys} as an option's value. */
public final class MetricKeysConverter implements ITypeConverter<MetricKeys> {
  private static final String PREFIX = "address-prefix";
  private static final String EXAMPLE = PREFIX + ":/24,/48";

  @Override
  public MetricKeys convert(String text) {
    if (text.startsWith(PREFIX)) {
      return MetricKeys.of(lengths(text));
    }
    return MetricKeys.of(
        switch (text) {
          case "port" -> By.PORT;
          case "peer-name" -> By.PEER_NAME;
          case "address-pair" -> By.ADDRESS_PAIR;
          default ->
              throw new TypeConversionException(
                  "'" + text + "' is none of port, peer-name, address-pair, " + EXAMPLE);
        });
  }

  private static PrefixLengths lengths(String text) {
    String[] lengths = text.substring(PREFIX.length()).split(",", -1);
    if (lengths.length != 2 || !lengths[0].startsWith(":/") || !lengths[1].startsWith("/")) {
      throw new TypeConversionException(
          "'" + text + "' is not like " + EXAMPLE + ", with the lengths for IPv4 and IPv6");
    }
    return new PrefixLengths(
        length(lengths[0].substring(2), PrefixLengths.MAX_IPV4, "IPv4"),
        length(lengths[1].substring(1), PrefixLengths.MAX_IPV6, "IPv6"));
  }

  private static int length(String text, int longest, String family) {
    int length = text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    if (length < 0 || length > longest) {
      throw new TypeConversionException(
          "'/" + text + "' is no length of a prefix of " + family + ": 0 to " + longest);
    }
    return length;
  }
}
