// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRole;

/**
 * The first word of the key of a series: workload, peer, role and port, from the highest bit to the
 * lowest. Where metrics tell addresses apart, words of these follow. Hot.
 */
final class SeriesKey {
  /** More than any peer's number. */
  static final int PEERS = 1 << 22;

  private static final int ROLE_SHIFT = 16;
  private static final int PEER_SHIFT = 18;
  private static final int WORKLOAD_SHIFT = 40;

  private static final ConnectionRole[] ROLES = ConnectionRole.values();

  private SeriesKey() {}

  /**
   * @param peer its number among {@link SeriesPeers}
   * @param port 0 if it is left out
   */
  static long word(SeriesOwner owner, int peer, ConnectionRole role, int port) {
    return workload(owner) | (long) peer << PEER_SHIFT | (long) role.ordinal() << ROLE_SHIFT | port;
  }

  /** The first word of the same key, but of another owner. */
  static long word(SeriesOwner owner, long[] key) {
    return workload(owner) | key[0] & (1L << WORKLOAD_SHIFT) - 1;
  }

  private static long workload(SeriesOwner owner) {
    return (long) owner.workload().number() << WORKLOAD_SHIFT;
  }

  static int peer(long[] key) {
    return (int) (key[0] >>> PEER_SHIFT) & PEERS - 1;
  }

  static ConnectionRole role(long[] key) {
    return ROLES[(int) (key[0] >>> ROLE_SHIFT) & 3];
  }

  static int port(long[] key) {
    return (int) key[0] & 0xffff;
  }
}
