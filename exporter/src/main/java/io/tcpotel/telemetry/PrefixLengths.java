// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.IpAddress;

/**
 * How many bits of an address belong to its prefix, by family. Addresses are given as the two
 * halves that a record has. Hot, {@link #text} excepted.
 */
public record PrefixLengths(int ipv4, int ipv6) {
  public static final int MAX_IPV4 = 32;
  public static final int MAX_IPV6 = 128;

  /** Behind the half of zeros in front of an IPv4 address: the bytes 0, 0, 255 and 255. */
  private static final int MAPPED = Integer.reverseBytes(0xffff);

  private static boolean isIpv4(long first, long second) {
    return first == 0 && (int) second == MAPPED;
  }

  /** Of the form in which a record has both families. */
  private int bits(long first, long second) {
    return isIpv4(first, second) ? MAX_IPV6 - MAX_IPV4 + ipv4 : ipv6;
  }

  /** Ones in the first {@code bits} bits, in the order of a record's halves. */
  private static long mask(int bits) {
    long ones = bits <= 0 ? 0 : bits >= Long.SIZE ? -1 : -1L << Long.SIZE - bits;
    return Long.reverseBytes(ones);
  }

  /** The first half of the prefix. */
  long first(long first, long second) {
    return first & mask(bits(first, second));
  }

  /** The second half of the prefix. */
  long second(long first, long second) {
    return second & mask(bits(first, second) - Long.SIZE);
  }

  /**
   * Like 10.1.2.0/24.
   *
   * @param first of the prefix
   */
  String text(long first, long second) {
    return IpAddress.text(first, second) + "/" + (isIpv4(first, second) ? ipv4 : ipv6);
  }
}
