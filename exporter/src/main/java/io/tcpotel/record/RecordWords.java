// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.abi.tcp_probe_info;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The bytes of a record as words on the heap. A read of a {@code MemorySegment} takes some 13 ns
 * while C1 alone compiles, as in the agent, and a record is read forty times; with C2 the copy
 * costs no more than it saves. Hot: allocates nothing, throws nothing.
 */
abstract class RecordWords {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final long[] words = new long[(int) tcp_probe_info.sizeof() / Long.BYTES];

  /** Copies the record to {@code offset} of {@code data}. */
  public final void copyTo(MemorySegment data, long offset) {
    MemorySegment.copy(words, 0, data, LONG, offset, words.length);
  }

  /**
   * Copies as many bytes as the record says to have, and zeroes the others; leaves an impossible
   * record, of kind 0, if there are fewer.
   */
  final void copyWords(MemorySegment data, long offset) {
    long room = data.byteSize() - offset;
    words[0] = room < Long.BYTES ? 0 : data.get(LONG, offset);
    int copied = Math.min(u16(tcp_probe_info.size$offset()) / Long.BYTES, words.length);
    if (room < (long) copied * Long.BYTES) {
      words[0] = 0;
      return;
    }
    MemorySegment.copy(data, LONG, offset, words, 0, copied);
    Arrays.fill(words, Math.max(1, copied), words.length, 0);
  }

  /**
   * The word around {@code offset}, its byte there lowest. Of a shift's distance the lowest six
   * bits count. Few operands at a time: C1 inlines no method that has more than four.
   */
  private long shifted(long offset) {
    return words[(int) offset >> 3] >>> ((int) offset << 3);
  }

  final int u8(long offset) {
    return (int) shifted(offset) & 0xff;
  }

  final int u16(long offset) {
    return (int) shifted(offset) & 0xffff;
  }

  final long u32(long offset) {
    return shifted(offset) & 0xffff_ffffL;
  }

  final long u64(long offset) {
    return words[(int) offset >> 3];
  }

  final void setU64(long offset, long value) {
    words[(int) offset >> 3] = value;
  }

  final void setU16(long offset, int value) {
    set(offset, 0xffffL, value);
  }

  final void setU32(long offset, long value) {
    set(offset, 0xffff_ffffL, value);
  }

  private void set(long offset, long mask, long value) {
    int shift = 8 * (int) (offset & 7);
    int word = (int) offset >> 3;
    words[word] = words[word] & ~(mask << shift) | (value & mask) << shift;
  }

  /** Copies the eight bytes around {@code from} to those around {@code to}. */
  final void copyWord(long from, long to) {
    words[(int) to >> 3] = words[(int) from >> 3];
  }

  /** Copies two bytes within the eight around them. */
  final void copyShort(long from, long to) {
    setU16(to, u16(from));
  }

  /**
   * Writes a text of at most {@code most} bytes, up to its zero, to the beginning of {@code to};
   * returns its length. A question mark stands for all but printable ASCII: the kernel may have cut
   * a character in two.
   */
  final int writeText(long offset, int most, byte[] to) {
    int length = 0;
    while (length < most) {
      int character = u8(offset + length);
      if (character == 0) {
        break;
      }
      to[length++] = (byte) (character < ' ' || character > '~' ? '?' : character);
    }
    return length;
  }

  /** A text of at most {@code most} bytes, up to its zero. Allocates. */
  final String text(long offset, int most) {
    int length = 0;
    while (length < most && u8(offset + length) != 0) {
      length++;
    }
    byte[] text = new byte[length];
    MemorySegment.copy(
        MemorySegment.ofArray(words), ValueLayout.JAVA_BYTE, offset, text, 0, length);
    return new String(text, StandardCharsets.UTF_8);
  }
}
