// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * Wall clock as text, in UTC, as Go prints it: {@code 2026-11-28 17:20:33.004512345 +0000 UTC}.
 * Hot: allocates nothing, throws nothing.
 */
final class TimeText {
  private static final long NS_PER_S = 1_000_000_000;
  private static final long S_PER_DAY = 86_400;
  private static final int DAYS_PER_400_YEARS = 146_097;

  /** From 0000-03-01 to 1970-01-01; years that begin in March have the leap day at their end. */
  private static final long DAYS_TO_1970 = 719_468;

  private static final ConstantBytes UTC = ConstantBytes.ascii(" +0000 UTC");

  private TimeText() {}

  /**
   * Writes a time, in ns since 1970, into {@code to} from {@code at} on, where there is room for 50
   * bytes; returns the index behind it. Source of the calendar: Hinnant, "chrono-compatible
   * low-level date algorithms", civil_from_days.
   */
  static int write(long ns, byte[] to, int at) {
    long seconds = Math.floorDiv(ns, NS_PER_S);
    int next = writeDate(Math.floorDiv(seconds, S_PER_DAY), to, at);
    int second = (int) Math.floorMod(seconds, S_PER_DAY);
    next = writeTwo(' ', second / 3600, to, next);
    next = writeTwo(':', second / 60 % 60, to, next);
    next = writeTwo(':', second % 60, to, next);
    int fraction = (int) Math.floorMod(ns, NS_PER_S);
    to[next] = '.';
    for (int i = 9; i > 0; i--) {
      to[next + i] = (byte) ('0' + fraction % 10);
      fraction /= 10;
    }
    return UTC.write(to, next + 10);
  }

  private static int writeDate(long daysSince1970, byte[] to, int at) {
    long days = daysSince1970 + DAYS_TO_1970;
    long era = Math.floorDiv(days, DAYS_PER_400_YEARS);
    int day = Math.floorMod(days, DAYS_PER_400_YEARS);
    int year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    int dayOfYear = day - (365 * year + year / 4 - year / 100);
    int month = (5 * dayOfYear + 2) / 153; // 0 is March
    int dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1;
    long shownYear = year + 400 * era + (month < 10 ? 0 : 1);
    int next = DecimalText.write(shownYear, to, at);
    next = writeTwo('-', month < 10 ? month + 3 : month - 9, to, next);
    return writeTwo('-', dayOfMonth, to, next);
  }

  private static int writeTwo(char before, int number, byte[] to, int at) {
    to[at] = (byte) before;
    to[at + 1] = (byte) ('0' + number / 10);
    to[at + 2] = (byte) ('0' + number % 10);
    return at + 3;
  }
}
