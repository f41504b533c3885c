// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/**
 * The key from which pair ids follow. Both ends of a connection must have the same. One of the
 * user's own is a secret: with it and the ids of a connection that lives, its sequence numbers can
 * be searched for.
 */
public final class PairKey {
  public static final int BYTES = PairIds.KEY_BYTES;

  /** That of all installations without one of their own. */
  public static final PairKey PUBLIC = new PairKey(null);

  private final byte[] own;

  private PairKey(byte[] own) {
    this.own = own;
  }

  /**
   * @param key of {@link #BYTES}
   */
  public static PairKey own(byte[] key) {
    return new PairKey(key.clone());
  }

  /** Whether it is a secret. */
  public boolean isOwn() {
    return own != null;
  }

  /** A view that computes ids with this key. */
  PairIds newIds() {
    return isOwn() ? new PairIds(own) : new PairIds();
  }
}
