// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import java.util.concurrent.TimeUnit;

/**
 * The ends of connections whose both ends may be on this host, by both addresses and ports, and by
 * the namespace where the addresses are its own. Both ends of one connection are in one set of
 * rows. Hot: allocates nothing. A full set gives the row away that is of use for the shortest time.
 */
final class LocalEnds {
  static final int ROWS = 1 << 14;

  /** The other side ends a moment later, or after a lost FIN some retransmissions. */
  static final long AFTER_END_NS = TimeUnit.MINUTES.toNanos(1);

  private static final long WHILE_OPEN_NS = TimeUnit.HOURS.toNanos(1);

  /** Rows of a set. */
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

  /** The end that is looked at. */
  private final long[] key = new long[KEY_NETNS + 1];

  private int firstRow;

  /** The rows of the end and of the other one; -1 if there is none. */
  private int own;

  private int other;

  /** Moves to an end. */
  void moveTo(ConnectionRecord connection, long keyNetns) {
    for (int half = 0; half < 2; half++) {
      key[LOCAL + half] = connection.localAddress(half);
      key[PEER + half] = connection.peerAddress(half);
    }
    int localPort = connection.localPort();
    int peerPort = connection.peerPort();
    key[PORTS] = ports(localPort, peerPort);
    key[KEY_NETNS] = keyNetns;
    long ends =
        mix(key[LOCAL + 1], key[LOCAL], localPort) + mix(key[PEER + 1], key[PEER], peerPort);
    firstRow = (int) mix(ends, keyNetns, 0) & ROWS - WAYS;
    own = row(LOCAL, PEER, key[PORTS]);
    other = row(PEER, LOCAL, ports(peerPort, localPort));
  }

  private static long ports(int local, int peer) {
    return (long) local << 16 | peer;
  }

  private static long mix(long one, long two, long three) {
    long mixed = one * 0x9E3779B97F4A7C15L;
    mixed = ((mixed ^ mixed >>> 32) + two) * 0x9E3779B97F4A7C15L;
    mixed = ((mixed ^ mixed >>> 32) + three) * 0x9E3779B97F4A7C15L;
    return mixed ^ mixed >>> 32;
  }

  /** The row whose local and peer's address are at those places of the key. */
  private int row(int local, int peer, long ports) {
    for (int row = firstRow; row < firstRow + WAYS; row++) {
      int at = row * WORDS;
      if (words[at + PORTS] == ports
          && words[at + KEY_NETNS] == key[KEY_NETNS]
          && words[at + LOCAL] == key[local]
          && words[at + LOCAL + 1] == key[local + 1]
          && words[at + PEER] == key[peer]
          && words[at + PEER + 1] == key[peer + 1]) {
        return row;
      }
    }
    return -1;
  }

  private boolean isValid(int row, long nowNs) {
    return row >= 0 && words[row * WORDS + VALID_UNTIL_NS] > nowNs;
  }

  /** The workload at the other end; null if no record of that end has come. */
  Workload ofPeer(long nowNs) {
    return isValid(other, nowNs) ? workloads[other] : null;
  }

  /** Whether an earlier record of this end has said so. */
  boolean expectsPeer(long nowNs) {
    return isValid(own, nowNs) && expectsPeer[own];
  }

  /**
   * Adds the end. If two namespaces have ends with the same addresses and ports, both are {@link
   * Workload#AGENT}.
   *
   * @param begins whether it begins now, and the other end can be seen if it is on this host
   */
  void add(ConnectionRecord connection, Workload workload, long nowNs, boolean begins) {
    boolean isKnown = isValid(own, nowNs);
    int row = own < 0 ? leastUseful() : own;
    boolean isAmbiguous =
        isKnown
            && workloads[row] != workload
            && (workloads[row] == Workload.AGENT
                || words[row * WORDS + NETNS] != connection.netnsCookie());
    System.arraycopy(key, 0, words, row * WORDS, key.length);
    words[row * WORDS + NETNS] = connection.netnsCookie();
    words[row * WORDS + VALID_UNTIL_NS] = nowNs + usefulNs(connection.kind());
    workloads[row] = isAmbiguous ? Workload.AGENT : workload;
    expectsPeer[row] = begins || isKnown && expectsPeer[row];
  }

  private static long usefulNs(RecordKind kind) {
    return kind == RecordKind.CLOSE || kind == RecordKind.FAILED ? AFTER_END_NS : WHILE_OPEN_NS;
  }

  private int leastUseful() {
    int least = firstRow;
    for (int row = firstRow + 1; row < firstRow + WAYS; row++) {
      if (words[row * WORDS + VALID_UNTIL_NS] < words[least * WORDS + VALID_UNTIL_NS]) {
        least = row;
      }
    }
    return least;
  }
}
