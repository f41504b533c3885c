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

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private DecimalText() {}

  /**
   * Writes {@code value}, which is not negative, into {@code to} from {@code at} on, where there is
   * room for {@link #MAX_BYTES}; returns the index behind it.
   */
  static int write(long value, byte[] to, int at) {
    if (value < TEN_TO_8) {
      long digits = digits((int) value);
      int leadingZeros = Long.numberOfTrailingZeros(digits | 1L << 56) >> 3;
      LONG.set(to, at, (digits | ZEROS) >>> 8 * leadingZeros);
      return at + 8 - leadingZeros;
    }
    int next = write(value / TEN_TO_8, to, at);
    LONG.set(to, next, digits((int) (value % TEN_TO_8)) | ZEROS);
    return next + 8;
  }

  /** Writes a point and three digits, with as much room. */
  static int writeThousandths(int thousandths, byte[] to, int at) {
    LONG.set(to, at, (digits(thousandths) | ZEROS) >>> 32 & ~0xffL | '.');
    return at + 4;
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
