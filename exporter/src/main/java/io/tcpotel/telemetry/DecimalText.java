// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers as text. Hot: allocates nothing, and has no branch that depends on how many digits a
 * number has, since a branch that is guessed wrong takes as long as all of its digits.
 */
final class DecimalText {
  /** The longest text of a number, and what may be overwritten behind a shorter one. */
  static final int MAX_BYTES = 24;

  private static final int TEN_TO_4 = 10_000;
  private static final long TEN_TO_8 = 100_000_000;
  private static final long ZEROS = 0x3030_3030_3030_3030L;

  /**
   * By the number of a value's bits: what has to be added to it so that the high half is the number
   * of its digits. A power of ten among the values of so many bits carries into that half.
   */
  private static final long[] LENGTHS = new long[Integer.SIZE + 1];

  static {
    LENGTHS[0] = 1L << 32;
    for (int bits = 1; bits < LENGTHS.length; bits++) {
      long digits = Long.toString(1L << bits - 1).length();
      long next = Math.round(Math.pow(10, digits));
      LENGTHS[bits] = next < 1L << bits ? (digits + 1 << 32) - next : digits << 32;
    }
  }

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private DecimalText() {}

  /**
   * Writes {@code value}, which is not negative, into {@code to} from {@code at} on, where there is
   * room for {@link #MAX_BYTES}; returns the index behind it.
   */
  static int write(long value, byte[] to, int at) {
    if (value < TEN_TO_8) {
      int length = length((int) value);
      LONG.set(to, at, (digits((int) value) | ZEROS) >>> 8 * (8 - length));
      return at + length;
    }
    int next = write(value / TEN_TO_8, to, at);
    LONG.set(to, next, digits((int) (value % TEN_TO_8)) | ZEROS);
    return next + 8;
  }

  /**
   * How many digits a number below 10^8 has. From a table and not from the digits, so that the text
   * behind the number need not wait for them.
   */
  private static int length(int value) {
    return (int) (value + LENGTHS[Integer.SIZE - Integer.numberOfLeadingZeros(value)] >>> 32);
  }

  /** Writes a point and three digits, with as much room. */
  static int writeThousandths(int thousandths, byte[] to, int at) {
    LONG.set(to, at, (digits(thousandths) | ZEROS) >>> 32 & ~0xffL | '.');
    return at + 4;
  }

  /** The three digits of a number below 1000 as characters, the first in the lowest byte. */
  static long threeDigits(int value) {
    return (digits(value) | ZEROS) >>> 40;
  }

  /**
   * Eight digits, the first in the lowest byte: halves, then quarters, then each is divided at the
   * same time as its neighbours, by multiplying with the reciprocal.
   */
  private static long digits(int value) {
    long fours = value / TEN_TO_4 | (long) (value % TEN_TO_4) << 32;
    long hundreds = fours * 10_486 >>> 20 & 0x7f_0000_007fL;
    long twos = hundreds | fours - 100 * hundreds << 16;
    long tens = twos * 103 >>> 10 & 0xf_000f_000f_000fL;
    return tens | twos - 10 * tens << 8;
  }
}
