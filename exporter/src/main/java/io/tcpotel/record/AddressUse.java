// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/** How much of an address telemetry tells. Hot: allocates nothing, throws nothing. */
public enum AddressUse {
  FULL,
  /** The prefix: 24 bits of IPv4, 48 of IPv6. */
  MASKED,
  NONE;

  // As stored, the first byte of the address is the lowest of its half.
  private static final long IPV4_PREFIX = 0x00ff_ffff_ffff_ffffL;
  private static final long IPV6_PREFIX = 0x0000_ffff_ffff_ffffL;
  private static final long MAPPED_BITS = 0xffff_ffffL;
  private static final long MAPPED = 0xffff_0000L;

  /** The first half of an address, given by its halves as they are stored. */
  long first(long first) {
    return this == FULL ? first : this == MASKED ? first & IPV6_PREFIX : 0;
  }

  /** The second half. */
  long second(long first, long second) {
    if (this == FULL) {
      return second;
    }
    boolean ipv4 = first == 0 && (second & MAPPED_BITS) == MAPPED;
    return this == MASKED && ipv4 ? second & IPV4_PREFIX : 0;
  }
}
