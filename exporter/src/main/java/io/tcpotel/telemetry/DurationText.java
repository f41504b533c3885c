// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Durations as text for people, with three significant digits and at most two decimals: {@code
 * 41.3us}, {@code 0.81ms} is {@code 810us}, {@code 1.20s}, {@code 12.5m}, {@code 30.0h}. Hot:
 * allocates nothing, throws nothing. The form is looked up, and the text is one store, since
 * branches on a duration are guessed wrong often.
 */
final class DurationText {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long US = 1000;
  private static final long MS = 1000 * US;
  private static final long S = 1000 * MS;
  private static final long MINUTE = 60 * S;
  private static final long HOUR = 60 * MINUTE;

  /** From short to long. */
  private static final Form[] FORMS = {
    Form.of(US, 2, "us"),
    Form.of(US, 1, "us"),
    Form.of(US, 0, "us"),
    Form.of(MS, 2, "ms"),
    Form.of(MS, 1, "ms"),
    Form.of(MS, 0, "ms"),
    Form.of(S, 2, "s"),
    Form.of(S, 1, "s"),
    Form.of(MINUTE, 2, "m"),
    Form.of(MINUTE, 1, "m"),
    Form.of(HOUR, 2, "h"),
    Form.of(HOUR, 1, "h"),
  };

  /**
   * By the number of a duration's bits: the form of the shortest such duration. Of a number without
   * a sign, too, so that no record can make it throw.
   */
  private static final byte[] FIRST_FORMS = new byte[Long.SIZE + 1];

  /** The last durations of the forms; of numbers of as many bits there is one at most. */
  private static final long[] LAST_NS = new long[FORMS.length + 1];

  static {
    Arrays.setAll(LAST_NS, i -> i < FORMS.length ? FORMS[i].endNs - 1 : Long.MAX_VALUE);
    for (int bits = 1; bits < Long.SIZE; bits++) {
      long least = 1L << bits - 1;
      FIRST_FORMS[bits] = (byte) Arrays.stream(LAST_NS).filter(last -> last < least).count();
    }
  }

  /**
   * Three digits with a point among them, and a unit.
   *
   * @param endNs the first duration that needs another form
   * @param digitNs of 1 in the last digit
   * @param pointAt the bits in front of the point; 24 if there is none
   * @param rest point and unit, each in its place
   */
  private record Form(long endNs, long digitNs, int pointAt, long rest, int length) {
    static Form of(long unitNs, int decimals, String unit) {
      long digitNs = unitNs / (decimals == 2 ? 100 : decimals == 1 ? 10 : 1);
      int pointAt = 8 * (3 - decimals);
      int number = decimals == 0 ? 3 : 4;
      long rest = decimals == 0 ? 0 : (long) '.' << pointAt;
      for (int i = 0; i < unit.length(); i++) {
        rest |= (long) unit.charAt(i) << 8 * (number + i);
      }
      return new Form(1000 * digitNs - digitNs / 2, digitNs, pointAt, rest, number + unit.length());
    }
  }

  private DurationText() {}

  private static int form(long ns) {
    int first = FIRST_FORMS[Long.SIZE - Long.numberOfLeadingZeros(ns)];
    return first + (int) (LAST_NS[first] - ns >>> Long.SIZE - 1);
  }

  /**
   * Writes a duration that is not negative into {@code to} from {@code at} on, where there is room
   * for {@link DecimalText#MAX_BYTES} and two more; returns the index behind it.
   */
  static int write(long ns, byte[] to, int at) {
    int number = form(ns);
    if (number == FORMS.length) {
      return writeHours(ns, to, at);
    }
    Form form = FORMS[number];
    long digits = DecimalText.threeDigits((int) rounded(ns, form.digitNs));
    long behindPoint = digits >>> form.pointAt << form.pointAt;
    LONG.set(to, at, digits ^ behindPoint | behindPoint << 8 | form.rest);
    return at + form.length;
  }

  private static int writeHours(long ns, byte[] to, int at) {
    int unitAt = DecimalText.write(rounded(ns, HOUR), to, at);
    to[unitAt] = 'h';
    return unitAt + 1;
  }

  private static long rounded(long ns, long unit) {
    return (ns + unit / 2) / unit;
  }
}
