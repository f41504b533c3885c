// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * Durations as text for people, with three significant digits and at most two decimals: {@code
 * 41.3us}, {@code 0.81ms} is {@code 810us}, {@code 1.20s}, {@code 12.5m}, {@code 30.0h}. Hot:
 * allocates nothing, throws nothing.
 */
final class DurationText {
  private static final long US = 1000;
  private static final long MS = 1000 * US;
  private static final long S = 1000 * MS;
  private static final long MINUTE = 60 * S;
  private static final long HOUR = 60 * MINUTE;

  private DurationText() {}

  /**
   * Writes a duration that is not negative into {@code to} from {@code at} on, where there is room
   * for {@link DecimalText#MAX_BYTES} and two more; returns the index behind it.
   */
  static int write(long ns, byte[] to, int at) {
    if (ns < MS - US / 2) {
      return writePart('u', writeNumber(ns, US, to, at), to);
    }
    if (ns < S - MS / 2) {
      return writePart('m', writeNumber(ns, MS, to, at), to);
    }
    if (ns < 100 * S - S / 20) {
      return writeUnit('s', writeNumber(ns, S, to, at), to);
    }
    return ns < 100 * MINUTE - MINUTE / 20
        ? writeUnit('m', writeNumber(ns, MINUTE, to, at), to)
        : writeUnit('h', writeNumber(ns, HOUR, to, at), to);
  }

  private static int writeUnit(char unit, int at, byte[] to) {
    to[at] = (byte) unit;
    return at + 1;
  }

  /** Of a second. */
  private static int writePart(char prefix, int at, byte[] to) {
    return writeUnit('s', writeUnit(prefix, at, to), to);
  }

  private static int writeNumber(long ns, long unit, byte[] to, int at) {
    long hundredths = rounded(ns, unit / 100);
    if (hundredths < 1000) {
      int point = writeWithPoint(hundredths / 100, to, at);
      to[point] = (byte) ('0' + hundredths / 10 % 10);
      to[point + 1] = (byte) ('0' + hundredths % 10);
      return point + 2;
    }
    long tenths = rounded(ns, unit / 10);
    if (tenths < 1000) {
      int point = writeWithPoint(tenths / 10, to, at);
      to[point] = (byte) ('0' + tenths % 10);
      return point + 1;
    }
    return DecimalText.write(rounded(ns, unit), to, at);
  }

  private static int writeWithPoint(long number, byte[] to, int at) {
    int end = DecimalText.write(number, to, at);
    to[end] = '.';
    return end + 1;
  }

  private static long rounded(long ns, long unit) {
    return (ns + unit / 2) / unit;
  }
}
