// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.util.Locale;

/** Measures in at most five characters, for columns: {@code 41us}, {@code 1.2ms}, {@code 88k}. */
final class Quantity {
  private static final String BYTE_UNITS = "BkMGTPE";
  private static final long MINUTE = 60;
  private static final long HOUR = 3600;
  private static final long DAY = 86_400;

  private Quantity() {}

  /** Five characters at most, below 10,000 days. */
  static String duration(double seconds) {
    long us = Math.round(seconds * 1e6);
    if (us < 1000) {
      return us + "us";
    }
    if (seconds < 0.9995) {
      return threeDigits(seconds * 1e3) + "ms";
    }
    if (seconds < 99.95) {
      return seconds < 9.995 ? fixed(seconds, 2) + "s" : fixed(seconds, 1) + "s";
    }
    return longDuration(Math.round(seconds));
  }

  private static String longDuration(long s) {
    if (s < 1000) {
      return s + "s";
    }
    if (s < 100 * MINUTE) {
      return s / MINUTE + "m";
    }
    if (s < 10 * HOUR) {
      return String.format(Locale.ROOT, "%dh%02dm", s / HOUR, s % HOUR / MINUTE);
    }
    return s < 4 * DAY ? s / HOUR + "h" : s / DAY + "d";
  }

  /** Four characters at most; k, M, G are powers of 1000. */
  static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes + "B";
    }
    int unit = 0;
    double value = bytes;
    while (value >= 999.5) {
      value /= 1000;
      unit++;
    }
    return (value < 9.95 ? fixed(value, 1) : fixed(value, 0)) + BYTE_UNITS.charAt(unit);
  }

  /** At most three characters, so that the unit finds room. */
  private static String threeDigits(double value) {
    return value < 9.95 ? fixed(value, 1) : fixed(value, 0);
  }

  private static String fixed(double value, int decimals) {
    return String.format(Locale.ROOT, "%." + decimals + "f", value);
  }
}
