// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A few bytes that are written again and again. Hot: eight at a time, since a call that copies
 * takes longer than a few stores; so up to {@link #OVERWRITTEN} bytes behind them are overwritten.
 */
record ConstantBytes(long[] eights, int length) {
  static final int OVERWRITTEN = Long.BYTES - 1;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  static ConstantBytes of(byte[] bytes, int length) {
    long[] eights = new long[(length + Long.BYTES - 1) / Long.BYTES];
    byte[] padded = Arrays.copyOf(Arrays.copyOf(bytes, length), eights.length * Long.BYTES);
    for (int i = 0; i < eights.length; i++) {
      eights[i] = (long) LONG.get(padded, i * Long.BYTES);
    }
    return new ConstantBytes(eights, length);
  }

  static ConstantBytes ascii(String text) {
    return of(text.getBytes(StandardCharsets.US_ASCII), text.length());
  }

  /** Returns the index behind them. */
  int write(byte[] to, int at) {
    return write(to, at, 0);
  }

  /** Likewise, with {@code first} for the first byte, which is 0. */
  int write(byte[] to, int at, int first) {
    long more = first;
    for (int i = 0; i < eights.length; i++) {
      LONG.set(to, at + i * Long.BYTES, eights[i] | more);
      more = 0;
    }
    return at + length;
  }
}
