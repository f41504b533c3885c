// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/**
 * SipHash-2-4 with an output of 128 bits, of inputs that are whole words of eight bytes. Hot:
 * allocates nothing, throws nothing. Source: Aumasson and Bernstein, "SipHash: a fast short-input
 * PRF", with the constants 0xee and 0xdd of the variant with 128 bits.
 */
final class SipHash128 {
  private final long key0;
  private final long key1;
  private long v0;
  private long v1;
  private long v2;
  private long v3;
  private long words;
  private long low;
  private long high;

  /** The halves of the key as little-endian numbers. */
  SipHash128(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  void begin() {
    v0 = key0 ^ 0x736f6d6570736575L;
    v1 = key1 ^ 0x646f72616e646f6dL ^ 0xee;
    v2 = key0 ^ 0x6c7967656e657261L;
    v3 = key1 ^ 0x7465646279746573L;
    words = 0;
  }

  /** Eight bytes of the input, as a little-endian number. */
  void add(long word) {
    words++;
    v3 ^= word;
    rounds(2);
    v0 ^= word;
  }

  void end() {
    add(words << 59); // the length in bytes, modulo 256, in the highest byte
    v2 ^= 0xee;
    rounds(4);
    high = v0 ^ v1 ^ v2 ^ v3;
    v1 ^= 0xdd;
    rounds(4);
    low = v0 ^ v1 ^ v2 ^ v3;
  }

  /** The first eight bytes of the output, as a little-endian number. */
  long high() {
    return high;
  }

  /** The last eight bytes, likewise. */
  long low() {
    return low;
  }

  private void rounds(int rounds) {
    long a = v0;
    long b = v1;
    long c = v2;
    long d = v3;
    for (int i = 0; i < rounds; i++) {
      a += b;
      c += d;
      b = Long.rotateLeft(b, 13) ^ a;
      d = Long.rotateLeft(d, 16) ^ c;
      a = Long.rotateLeft(a, 32) + d;
      c += b;
      d = Long.rotateLeft(d, 21) ^ a;
      b = Long.rotateLeft(b, 17) ^ c;
      c = Long.rotateLeft(c, 32);
    }
    v0 = a;
    v1 = b;
    v2 = c;
    v3 = d;
  }
}
