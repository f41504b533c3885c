// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import java.util.concurrent.TimeUnit;

/**
 * The ends of connections whose both ends may be on this host, by both addresses and ports, and by
 * the namespace where the addresses are its own. Hot: allocates nothing. A full set of rows gives
 * the row away that is of use for the shortest time.
 */
final class LocalEnds {
  static final int ROWS = 1 << 14;

  /** The other side ends a moment later, or after a lost FIN some retransmissions. */
  static final long AFTER_END_NS = TimeUnit.MINUTES.toNanos(1);

  private static final long WHILE_OPEN_NS = TimeUnit.HOURS.toNanos(1);

  /** Rows in which one connection can be. */
  private static final int WAYS = 4;

  private static final int LOCAL = 0;
  private static final int PEER = 2;
  private static final int PORTS = 4;
  private static final int KEY_NETNS = 5;
  private static final int NETNS = 6;
  private static final int VALID_UNTIL_NS = 7;
  private static final int WORDS = 8;

  private final long[] words = new long[ROWS * WORDS];
  private final Workload[] workloads = new Workload[ROWS];

  /** Whether the other end must have been seen, if it is on this host. */
  private final boolean[] expectsPeer = new boolean[ROWS];

  /** The key that is looked for. */
  private final long[] key = new long[KEY_NETNS + 1];

  /** The workload at the other end; null if no record of that end has come. */
  Workload ofPeer(ConnectionRecord connection, long keyNetns, long nowNs) {
    for (int half = 0; half < 2; half++) {
      key[LOCAL + half] = connection.peerAddress(half);
      key[PEER + half] = connection.localAddress(half);
    }
    key[PORTS] = ports(connection.peerPort(), connection.localPort());
    key[KEY_NETNS] = keyNetns;
    return find(nowNs);
  }

  /** Whether an earlier record of this end has said so. */
  boolean expectsPeer(ConnectionRecord connection, long keyNetns, long nowNs) {
    setLocal(connection, keyNetns);
    int row = row();
    return row >= 0 && isValid(row, nowNs) && expectsPeer[row];
  }

  private void setLocal(ConnectionRecord connection, long keyNetns) {
    for (int half = 0; half < 2; half++) {
      key[LOCAL + half] = connection.localAddress(half);
      key[PEER + half] = connection.peerAddress(half);
    }
    key[PORTS] = ports(connection.localPort(), connection.peerPort());
    key[KEY_NETNS] = keyNetns;
  }

  private static long ports(int local, int peer) {
    return (long) local << 16 | peer;
  }

  private Workload find(long nowNs) {
    int row = row();
    return row >= 0 && isValid(row, nowNs) ? workloads[row] : null;
  }

  private boolean isValid(int row, long nowNs) {
    return words[row * WORDS + VALID_UNTIL_NS] > nowNs;
  }

  /**
   * Adds this end. If two namespaces have ends with the same addresses and ports, both are {@link
   * Workload#AGENT}.
   *
   * @param begins whether it begins now, and the other end can be seen if it is on this host
   */
  void add(
      ConnectionRecord connection, Workload workload, long keyNetns, long nowNs, boolean begins) {
    setLocal(connection, keyNetns);
    int known = row();
    int row = known < 0 ? leastUseful() : known;
    boolean isKnown = known >= 0 && isValid(row, nowNs);
    boolean isOther =
        isKnown
            && workloads[row] != workload
            && (workloads[row] == Workload.AGENT
                || words[row * WORDS + NETNS] != connection.netnsCookie());
    System.arraycopy(key, 0, words, row * WORDS, key.length);
    words[row * WORDS + NETNS] = connection.netnsCookie();
    words[row * WORDS + VALID_UNTIL_NS] = nowNs + usefulNs(connection.kind());
    workloads[row] = isOther ? Workload.AGENT : workload;
    expectsPeer[row] = begins || isKnown && expectsPeer[row];
  }

  private static long usefulNs(RecordKind kind) {
    return kind == RecordKind.CLOSE || kind == RecordKind.FAILED ? AFTER_END_NS : WHILE_OPEN_NS;
  }

  private int firstRow() {
    long mixed = 0;
    for (long word : key) {
      mixed = (mixed + word) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 32;
    }
    return (int) mixed & ROWS - WAYS;
  }

  /** -1 if there is none. */
  private int row() {
    int first = firstRow();
    for (int row = first; row < first + WAYS; row++) {
      if (hasKey(row * WORDS)) {
        return row;
      }
    }
    return -1;
  }

  private boolean hasKey(int at) {
    for (int i = key.length - 1; i >= 0; i--) {
      if (words[at + i] != key[i]) {
        return false;
      }
    }
    return true;
  }

  private int leastUseful() {
    int first = firstRow();
    int least = first;
    for (int row = first + 1; row < first + WAYS; row++) {
      if (words[row * WORDS + VALID_UNTIL_NS] < words[least * WORDS + VALID_UNTIL_NS]) {
        least = row;
      }
    }
    return least;
  }
}
