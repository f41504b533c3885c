// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/**
 * A UUID of a record, of version 8: a hash of what no two records have in common, so that a record
 * that is sent again has the same. The addresses tell connections of different hosts apart; the
 * sequence numbers, which could, are a secret while a connection lives. Hot: allocates nothing,
 * throws nothing. One thread uses it.
 */
public final class RecordUid {
  /** Bytes of each text. */
  public static final int TEXT_BYTES = 36;

  private static final long VERSION = 0x8000;
  private static final long VERSION_BITS = 0xf000;
  private static final long VARIANT = 0x8000_0000_0000_0000L;
  private static final long VARIANT_BITS = 0xc000_0000_0000_0000L;

  private final SipHash128 hash = new SipHash128(0, 0);

  public void take(ConnectionRecord connection) {
    hash.begin();
    hash.add(connection.connectionId());
    hash.add(connection.kind().number());
    hash.add(connection.closeNs());
    hash.add(connection.localAddress(0));
    hash.add(connection.localAddress(1));
    hash.add(connection.peerAddress(0));
    hash.add(connection.peerAddress(1));
    hash.add((long) connection.localPort() << 16 | connection.peerPort());
    hash.end();
  }

  /** The first eight bytes. */
  public long high() {
    return hash.high() & ~VERSION_BITS | VERSION;
  }

  /** The last eight bytes. */
  public long low() {
    return hash.low() & ~VARIANT_BITS | VARIANT;
  }
}
