// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as a setting's value: {@code 4096}, {@code 64KiB}, {@code 8MiB}, {@code 1GiB}.
 */
public record ByteSize(long bytes) {
  private static final Pattern FORM = Pattern.compile("(\\d{1,15})(B|KiB|MiB|GiB)?");

  public static ByteSize parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw noSize(text);
    }
    String unit = form.group(2) == null ? "B" : form.group(2);
    int shift =
        switch (unit) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 0;
        };
    long number = Long.parseLong(form.group(1));
    if (number > Long.MAX_VALUE >> shift) {
      throw noSize(text);
    }
    return new ByteSize(number << shift);
  }

  private static IllegalArgumentException noSize(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is not a size: write a number of bytes, or 64KiB, 8MiB, 1GiB");
  }

  @Override
  public String toString() {
    if (bytes > 0 && bytes % (1 << 20) == 0) {
      return (bytes >> 20) + "MiB";
    }
    return bytes > 0 && bytes % (1 << 10) == 0 ? (bytes >> 10) + "KiB" : Long.toString(bytes);
  }
}
