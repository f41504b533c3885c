// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The text of the last address, which is written into body and attributes, and often is that of the
 * next record, too. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class AddressText {
  /** Room for any text; what is in it behind a shorter one may be overwritten. */
  public static final int ROOM_BYTES = IpAddress.MAX_TEXT_BYTES + 1;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int IPV4_BYTES = 2 * Long.BYTES;

  private final byte[] bytes = new byte[ROOM_BYTES];
  private long first;
  private long second;
  private int length = IpAddress.write(first, second, bytes, 0);

  /** The text is that of this address, given as its two halves as they are stored. */
  AddressText of(long first, long second) {
    if (this.first != first || this.second != second) {
      this.first = first;
      this.second = second;
      length = IpAddress.write(first, second, bytes, 0);
    }
    return this;
  }

  public int length() {
    return length;
  }

  /**
   * Copies the text into {@code to} from {@code at} on, where there are {@link #ROOM_BYTES};
   * returns the index behind it. A text of IPv4 takes two stores.
   */
  public int copyTo(byte[] to, int at) {
    int copied = length <= IPV4_BYTES ? IPV4_BYTES : bytes.length;
    for (int i = 0; i < copied; i += Long.BYTES) {
      LONG.set(to, at + i, (long) LONG.get(bytes, i));
    }
    return at + length;
  }
}
