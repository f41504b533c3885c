// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers as hexadecimal text. Hot: allocates nothing, eight digits at a time. */
final class HexText {
  /** Digits of a long. */
  static final int BYTES = 16;

  private static final long ZEROS = 0x3030_3030_3030_3030L;
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final int FROM_COLON_TO_A = 'a' - '9' - 1;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private HexText() {}

  /** Writes all digits of {@code value}; returns the index behind them. */
  static int write(long value, byte[] to, int at) {
    LONG.set(to, at, digits(value >>> 32));
    LONG.set(to, at + 8, digits(value & 0xffff_ffffL));
    return at + BYTES;
  }

  /** Writes a UUID of these halves; returns its length. */
  static int writeUuid(long high, long low, byte[] to) {
    LONG.set(to, 0, digits(high >>> 32));
    writeGroup(high >>> 16, to, 8);
    writeGroup(high, to, 13);
    writeGroup(low >>> 48, to, 18);
    writeGroup(low >>> 32, to, 23);
    LONG.set(to, 28, digits(low & 0xffff_ffffL));
    return 36;
  }

  /** Writes a dash and four digits. */
  private static void writeGroup(long value, byte[] to, int at) {
    to[at] = '-';
    INT.set(to, at + 1, (int) digits(value << 16 & 0xffff_0000L));
  }

  /** Eight digits of 32 bits, the first in the lowest byte: halves change places, then quarters. */
  private static long digits(long value) {
    long fours = value >>> 16 | (value & 0xffff) << 32;
    long twos = fours >>> 8 & 0xff_0000_00ffL | (fours & 0xff_0000_00ffL) << 16;
    long ones = twos >>> 4 & 0xf_000f_000f_000fL | (twos & 0xf_000f_000f_000fL) << 8;
    long letters = ones + 6 * ONES >>> 4 & ONES;
    return ones + ZEROS + letters * FROM_COLON_TO_A;
  }
}
