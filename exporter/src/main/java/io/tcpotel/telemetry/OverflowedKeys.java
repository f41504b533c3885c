// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Arrays;

/**
 * What must be known of keys without a series of their own, by hash: their open connections, which
 * stand in the overflow until they close, and whether a connection was established before. Keys
 * that share a slot get their series later, or are seen once more; nothing is counted wrongly. Hot.
 */
final class OverflowedKeys {
  private static final int SLOTS = 1 << 16;

  private final int[] open = new int[SLOTS];

  /** What of the hash the slot does not tell, of the last key that was established. */
  private final short[] seen = new short[SLOTS];

  private static int slot(int hash) {
    return hash >>> 16 ^ hash & SLOTS - 1;
  }

  private static short tag(int hash) {
    return (short) (hash >>> 16);
  }

  void add(int hash, long begun, long ended) {
    int slot = slot(hash);
    open[slot] += (int) (begun - ended);
    if (begun != 0) {
      seen[slot] = tag(hash);
    }
  }

  boolean hasOpen(int hash) {
    return open[slot(hash)] != 0;
  }

  boolean wasSeen(int hash) {
    return seen[slot(hash)] == tag(hash);
  }

  void forgetSeen() {
    Arrays.fill(seen, (short) 0);
  }
}
