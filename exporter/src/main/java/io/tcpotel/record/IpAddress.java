// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The text of a 16-byte address in network order: RFC 5952, and an IPv4-mapped one as plain IPv4.
 * Hot: allocates nothing, throws nothing.
 */
public final class IpAddress {
  /** The longest text: eight groups of four digits and seven colons. */
  public static final int MAX_TEXT_BYTES = 39;

  private static final ValueLayout.OfLong HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int GROUPS = 8;
  private static final Pattern IPV4_TEXT = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6_TEXT = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Each octet's digits and a point behind them, the first character in the lowest byte. */
  private static final int[] OCTETS = new int[256];

  private static final byte[] OCTET_BYTES = new byte[256];

  static {
    for (int octet = 0; octet < OCTETS.length; octet++) {
      String text = octet + ".";
      for (int i = 0; i < text.length(); i++) {
        OCTETS[octet] |= text.charAt(i) << 8 * i;
      }
      OCTET_BYTES[octet] = (byte) text.length();
    }
  }

  private IpAddress() {}

  /**
   * Writes an address, given as its two halves as they are stored, into {@code to} from {@code at}
   * on, where there is room for {@link #MAX_TEXT_BYTES}; returns the index behind it. What is in
   * that room behind it may be overwritten.
   */
  public static int write(long first, long second, byte[] to, int at) {
    long high = Long.reverseBytes(first);
    long low = Long.reverseBytes(second);
    boolean mapped = high == 0 && low >>> 32 == 0xffff;
    return mapped ? writeIpv4((int) low, to, at) : writeIpv6(high, low, to, at);
  }

  /** Allocates. */
  public static String text(long first, long second) {
    byte[] text = new byte[MAX_TEXT_BYTES];
    return new String(text, 0, write(first, second, text, 0), StandardCharsets.US_ASCII);
  }

  /**
   * Reads {@code text} into the 16 bytes at {@code offset}, IPv4 as mapped; false if it is no
   * address. Allocates.
   */
  public static boolean read(String text, MemorySegment to, long offset) {
    // Not the short forms of IPv4, nor a zone: neither is ever written.
    boolean isWhole = IPV4_TEXT.matcher(text).matches() || IPV6_TEXT.matcher(text).matches();
    byte[] address = isWhole ? parse(text) : null;
    if (address == null) {
      return false;
    }
    to.set(HALF, offset, 0);
    to.set(HALF, offset + 8, address.length == 4 ? 0xffff_0000_0000L : 0);
    MemorySegment.copy(
        address, 0, to, ValueLayout.JAVA_BYTE, offset + 16 - address.length, address.length);
    return true;
  }

  private static byte[] parse(String text) {
    try {
      return InetAddress.ofLiteral(text).getAddress();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static int writeIpv4(int address, byte[] to, int at) {
    int next = at;
    for (int shift = 24; shift >= 0; shift -= 8) {
      int octet = address >>> shift & 0xff;
      INT.set(to, next, OCTETS[octet]);
      next += OCTET_BYTES[octet];
    }
    return next - 1; // without the last point
  }

  private static int group(long high, long low, int index) {
    return (int) ((index < 4 ? high : low) >>> 48 - 16 * (index & 3)) & 0xffff;
  }

  /**
   * The longest run of two or more zero groups, the first of equals, becomes "::" (RFC 5952, 4.2).
   */
  private static int writeIpv6(long high, long low, byte[] to, int at) {
    int runEnd = 0;
    int runLength = 1;
    int zeros = 0;
    for (int i = 0; i < GROUPS; i++) {
      zeros = group(high, low, i) == 0 ? zeros + 1 : 0;
      if (zeros > runLength) {
        runLength = zeros;
        runEnd = i + 1;
      }
    }
    int runStart = runEnd - runLength; // negative if there is none
    int next = at;
    for (int i = 0; i < GROUPS; i++) {
      if (i == runStart) {
        to[next++] = ':';
        to[next++] = ':';
        i += runLength - 1;
      } else {
        if (i > 0 && i != runEnd) {
          to[next++] = ':';
        }
        next = writeHex(group(high, low, i), to, next);
      }
    }
    return next;
  }

  private static int writeHex(int group, byte[] to, int at) {
    int digits = Math.max(1, 8 - Integer.numberOfLeadingZeros(group) / 4);
    for (int i = 0; i < digits; i++) {
      to[at + i] = HEX[group >>> 4 * (digits - 1 - i) & 0xf];
    }
    return at + digits;
  }
}
