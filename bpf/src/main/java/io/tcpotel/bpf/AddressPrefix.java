// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Arrays;

/** The addresses that begin with the same bits, in the records' one form of 16 bytes. */
public final class AddressPrefix {
  private static final int BITS = 128;

  /** IPv4 stands behind ::ffff:0:0/96. */
  private static final int MAPPED_BITS = 96;

  private final byte[] address;
  private final int bits;

  private AddressPrefix(byte[] address, int bits) {
    this.address = address;
    this.bits = bits;
  }

  /**
   * Reads "10.0.0.0/8", "2001:db8::/32", or an address alone. Throws IllegalArgumentException that
   * says what is wrong with it: no address, a length that it cannot have, or bits behind the
   * prefix.
   */
  public static AddressPrefix parse(String text) {
    int slash = text.indexOf('/');
    String literal = slash < 0 ? text : text.substring(0, slash);
    InetAddress parsed = address(literal);
    int offset = parsed instanceof Inet4Address ? MAPPED_BITS : 0;
    int bits = slash < 0 ? BITS : offset + length(text.substring(slash + 1), BITS - offset);
    byte[] address = inOneForm(parsed);
    if (!isZeroFrom(address, bits)) {
      throw new IllegalArgumentException("'" + text + "' has bits set behind its prefix");
    }
    return new AddressPrefix(address, bits);
  }

  /** Not the short forms of IPv4, which few would read as the JDK does. */
  private static InetAddress address(String literal) {
    boolean isWhole = literal.contains(":") || literal.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    try {
      if (isWhole) {
        return InetAddress.ofLiteral(literal);
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new IllegalArgumentException("'" + literal + "' is no address");
  }

  private static int length(String text, int longest) {
    int length = text.matches("\\d{1,3}") ? Integer.parseInt(text) : -1;
    if (length < 0 || length > longest) {
      throw new IllegalArgumentException("/" + text + " is no length from 0 to " + longest);
    }
    return length;
  }

  private static byte[] inOneForm(InetAddress parsed) {
    byte[] bytes = parsed.getAddress();
    if (bytes.length == BITS / 8) {
      return bytes;
    }
    byte[] mapped = new byte[BITS / 8];
    mapped[10] = (byte) 0xff;
    mapped[11] = (byte) 0xff;
    System.arraycopy(bytes, 0, mapped, MAPPED_BITS / 8, bytes.length);
    return mapped;
  }

  private static boolean isZeroFrom(byte[] address, int bits) {
    for (int bit = bits; bit < BITS; bit++) {
      if ((address[bit / 8] >> 7 - bit % 8 & 1) != 0) {
        return false;
      }
    }
    return true;
  }

  /** 16 bytes, network order, IPv4 as ::ffff:a.b.c.d. */
  public byte[] address() {
    return address;
  }

  /** Of the 128. */
  public int bits() {
    return bits;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AddressPrefix prefix
        && bits == prefix.bits
        && Arrays.equals(address, prefix.address);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(address) * 31 + bits;
  }
}
