// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

/** Kinds of addresses, given as the two halves that a record has. Hot. */
final class AddressKind {
  /** The second half of ::ffff:0.0.0.0. */
  static final long ANY_IPV4 = Long.reverseBytes(0xffff_0000_0000L);

  private AddressKind() {}

  static boolean isIpv4(long first, long second) {
    return first == 0 && (int) second == (int) ANY_IPV4;
  }

  static boolean isAny(long first, long second) {
    return first == 0 && (second == 0 || second == ANY_IPV4);
  }

  /** 127.0.0.0/8 and ::1. */
  static boolean isLoopback(long first, long second) {
    long low = Long.reverseBytes(second);
    return first == 0 && (low == 1 || low >>> 24 == 0xffff7f);
  }
}
