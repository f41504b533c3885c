// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;

/** The memory that a socket may take for its options: net.core.optmem_max. */
public final class OptionMemory {
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_MD5SIG = 14;
  private static final int ENOMEM = 12;

  /** struct tcp_md5sig: address, and 2 bytes behind it the length of the key. */
  private static final int KEY_BYTES = 216;

  private static final int KEY_LENGTH = 130;

  private OptionMemory() {}

  /**
   * Adds keys of TCP_MD5SIG for peers that do not exist, as anybody may, until the kernel refuses;
   * returns how many those are.
   */
  public static int useUp(TestSocket socket) {
    for (int keys = 0; ; keys++) {
      MemorySegment key = Posix.scratch().asSlice(0, KEY_BYTES).fill((byte) 0);
      String peer = "10." + (keys >> 16) + "." + (keys >> 8 & 255) + "." + (keys & 255);
      Endpoint.of(peer, 0).writeTo(key);
      key.set(JAVA_SHORT, KEY_LENGTH, (short) 8);
      int result = Posix.setsockopt(socket.fd(), IPPROTO_TCP, TCP_MD5SIG, key, KEY_BYTES);
      if (result == -ENOMEM) {
        return keys;
      }
      Posix.check("setsockopt TCP_MD5SIG", result);
    }
  }
}
