// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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

  private static final ValueLayout.OfShort GROUP =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong HALF =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int GROUPS = 8;
  private static final Pattern IPV4_TEXT = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
  private static final Pattern IPV6_TEXT = Pattern.compile("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private IpAddress() {}

  /**
   * Writes the address at {@code offset} into {@code to} from {@code at} on; returns the index
   * behind it.
   */
  public static int write(MemorySegment data, long offset, byte[] to, int at) {
    boolean mapped = data.get(HALF, offset) == 0 && data.get(HALF, offset + 8) >>> 32 == 0xffff;
    return mapped ? writeIpv4(data, offset + 12, to, at) : writeIpv6(data, offset, to, at);
  }

  /** Allocates. */
  static String text(MemorySegment data, long offset) {
    byte[] text = new byte[MAX_TEXT_BYTES];
    return new String(text, 0, write(data, offset, text, 0), StandardCharsets.US_ASCII);
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

  private static int writeIpv4(MemorySegment data, long offset, byte[] to, int at) {
    int next = at;
    for (int i = 0; i < 4; i++) {
      if (i > 0) {
        to[next++] = '.';
      }
      next =
          writeDecimal(Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, offset + i)), to, next);
    }
    return next;
  }

  private static int writeDecimal(int octet, byte[] to, int at) {
    int next = at;
    if (octet >= 100) {
      to[next++] = (byte) ('0' + octet / 100);
    }
    if (octet >= 10) {
      to[next++] = (byte) ('0' + octet / 10 % 10);
    }
    to[next++] = (byte) ('0' + octet % 10);
    return next;
  }

  private static int group(MemorySegment data, long offset, int index) {
    return Short.toUnsignedInt(data.get(GROUP, offset + index * 2L));
  }

  /**
   * The longest run of two or more zero groups, the first of equals, becomes "::" (RFC 5952, 4.2).
   */
  private static int writeIpv6(MemorySegment data, long offset, byte[] to, int at) {
    int runStart = -1;
    int runLength = 1;
    for (int i = 0; i < GROUPS; i++) {
      int length = zeroGroups(data, offset, i);
      if (length > runLength) {
        runStart = i;
        runLength = length;
      }
      i += Math.max(0, length - 1);
    }
    int next = at;
    for (int i = 0; i < GROUPS; i++) {
      if (i == runStart) {
        to[next++] = ':';
        to[next++] = ':';
        i += runLength - 1;
      } else {
        if (i > 0 && i != runStart + runLength) {
          to[next++] = ':';
        }
        next = writeHex(group(data, offset, i), to, next);
      }
    }
    return next;
  }

  private static int zeroGroups(MemorySegment data, long offset, int from) {
    int index = from;
    while (index < GROUPS && group(data, offset, index) == 0) {
      index++;
    }
    return index - from;
  }

  private static int writeHex(int group, byte[] to, int at) {
    int next = at;
    for (int shift = 12; shift >= 0; shift -= 4) {
      int digit = group >> shift & 0xf;
      if (group >> shift != 0 || shift == 0) {
        to[next++] = (byte) (digit < 10 ? '0' + digit : 'a' + digit - 10);
      }
    }
    return next;
  }
}
