// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * The Community ID of a connection, version 1 with seed 0: "1:" and, in base64, the SHA-1 of the
 * two ends, the lower one first. Network monitors give a connection the same. Source:
 * github.com/corelight/community-id-spec. Hot: allocates nothing, throws nothing. One thread uses
 * it.
 */
public final class CommunityId {
  /** Bytes of each text. */
  public static final int TEXT_BYTES = 30;

  private static final int SHA1_BYTES = 20;
  private static final short SEED = 0;
  private static final byte TCP = 6;

  private final MessageDigest sha1;
  private final ByteBuffer input = ByteBuffer.allocate(2 + 16 + 16 + 2 + 2 + 2);
  private final byte[] hash = new byte[SHA1_BYTES];
  private final byte[] base64 = new byte[TEXT_BYTES - 2];

  public CommunityId() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }

  /** Writes the text into {@code to}; returns its length. */
  public int write(ConnectionRecord connection, byte[] to) {
    boolean localFirst = isLocalLower(connection);
    boolean ipv4 = connection.type() == ConnectionRecord.IPV4;
    int localPort = connection.localPort();
    int peerPort = connection.peerPort();
    input.clear().putShort(SEED);
    if (localFirst) {
      putAddress(ipv4, connection.localAddress(0), connection.localAddress(1));
      putAddress(ipv4, connection.peerAddress(0), connection.peerAddress(1));
    } else {
      putAddress(ipv4, connection.peerAddress(0), connection.peerAddress(1));
      putAddress(ipv4, connection.localAddress(0), connection.localAddress(1));
    }
    input.put(TCP).put((byte) 0);
    input.putShort((short) (localFirst ? localPort : peerPort));
    input.putShort((short) (localFirst ? peerPort : localPort));
    writeHash();
    to[0] = '1';
    to[1] = ':';
    System.arraycopy(base64, 0, to, 2, base64.length);
    return TEXT_BYTES;
  }

  private void writeHash() {
    sha1.update(input.array(), 0, input.position());
    try {
      sha1.digest(hash, 0, SHA1_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException(e); // only if the array were too short
    }
    Base64.getEncoder().encode(hash, base64);
  }

  private static boolean isLocalLower(ConnectionRecord connection) {
    int order = compare(connection.localAddress(0), connection.peerAddress(0));
    order = order == 0 ? compare(connection.localAddress(1), connection.peerAddress(1)) : order;
    return order < 0 || order == 0 && connection.localPort() < connection.peerPort();
  }

  private static int compare(long stored, long other) {
    return Long.compareUnsigned(Long.reverseBytes(stored), Long.reverseBytes(other));
  }

  private void putAddress(boolean ipv4, long first, long second) {
    if (ipv4) {
      input.putInt((int) Long.reverseBytes(second));
    } else {
      input.putLong(Long.reverseBytes(first)).putLong(Long.reverseBytes(second));
    }
  }
}
