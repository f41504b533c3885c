// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import java.util.concurrent.TimeUnit;

/**
 * The workloads at the other ends of connections whose both ends are on this host. The first of
 * these that is known decides, and if it is of several workloads, the peer's is unknown:
 *
 * <ol>
 *   <li>the other end's own records: the same addresses and ports, from the other side
 *   <li>for a client, the listener at the peer's address and port, or at all addresses of the
 *       namespace that has the peer's address
 *   <li>the container or pod that alone uses the peer's address
 * </ol>
 *
 * <p>Hot: allocates nothing for addresses that are known. The reader's thread uses it.
 */
public final class PeerWorkloads {
  /** An address counts as its user's until the end of the next window. */
  static final long WINDOW_NS = TimeUnit.MINUTES.toNanos(5);

  /** Addresses, and listeners' addresses and ports. */
  private static final int LIMIT = 1 << 13;

  private static final long ALL_NAMESPACES = 0;
  private static final int NO_PORT = 0;

  private final int limit;
  private final Sightings sightings;

  /** Null until a connection within this host is seen. */
  private LocalEnds ends;

  private long nowNs;
  private long window;

  public PeerWorkloads() {
    this(LIMIT);
  }

  private PeerWorkloads(int limit) {
    this.limit = limit;
    sightings = new Sightings(limit);
  }

  /** Knows none, where all connections have the agent's resource. */
  public static PeerWorkloads none() {
    return new PeerWorkloads(0);
  }

  /**
   * Time goes on.
   *
   * @param nowNs by a clock that never goes back
   */
  public void tick(long nowNs) {
    this.nowNs = nowNs;
    if (nowNs / WINDOW_NS != window) {
      window = nowNs / WINDOW_NS;
      sightings.expire(window - 1);
    }
  }

  /**
   * {@code workload} listens.
   *
   * @param first of the address's two halves, as a record has them
   */
  public void addListener(long netnsCookie, long first, long second, int port, Workload workload) {
    if (AddressKind.isAny(first, second)) {
      see(first, second, netnsCookie, port, netnsCookie, workload);
    } else {
      long keyNetns = keyNetns(first, second, netnsCookie);
      see(first, second, keyNetns, port, netnsCookie, workload);
      see(first, second, keyNetns, NO_PORT, netnsCookie, workload);
    }
  }

  /** Loopback's addresses are those of one namespace only. */
  private static long keyNetns(long first, long second, long netnsCookie) {
    return AddressKind.isLoopback(first, second) ? netnsCookie : ALL_NAMESPACES;
  }

  private void see(long first, long second, long keyNetns, int port, long netns, Workload by) {
    see(sightings.findOrAdd(first, second, keyNetns, port), netns, by);
  }

  private void see(Sighting seen, long netns, Workload by) {
    if (seen != null) {
      seen.add(by, netns, window);
    }
  }

  /**
   * Takes each record once, whose local end belongs to {@code workload}; returns the workload of
   * the peer, null if it is unknown.
   */
  public Workload take(ConnectionRecord connection, Workload workload) {
    if (limit == 0) {
      return null;
    }
    boolean isNew = seeLocal(connection, workload);
    long first = connection.peerAddress(0);
    long second = connection.peerAddress(1);
    long keyNetns = keyNetns(first, second, connection.netnsCookie());
    Sighting address = sightings.find(first, second, keyNetns, NO_PORT);
    if (address == null) {
      return null;
    }
    if (ends == null) {
      ends = new LocalEnds();
    }
    ends.moveTo(connection, keyNetns);
    Workload peer = peer(connection, keyNetns, address);
    ends.add(connection, workload, nowNs, !isNew && connection.kind() == RecordKind.OPEN);
    return peer == Workload.AGENT ? null : peer;
  }

  /** Whether no record had this address before: the other end did not know it, when it began. */
  private boolean seeLocal(ConnectionRecord connection, Workload workload) {
    long first = connection.localAddress(0);
    long second = connection.localAddress(1);
    long netns = connection.netnsCookie();
    long keyNetns = keyNetns(first, second, netns);
    Sighting known = sightings.find(first, second, keyNetns, NO_PORT);
    if (known == null) {
      see(first, second, keyNetns, NO_PORT, netns, workload);
    } else {
      see(known, netns, workload);
    }
    if (ConnectionRole.of(connection) == ConnectionRole.SERVER) {
      see(first, second, keyNetns, connection.localPort(), netns, workload);
    }
    return known == null;
  }

  private Workload peer(ConnectionRecord connection, long keyNetns, Sighting address) {
    Workload known = ends.ofPeer(nowNs);
    if (known != null) {
      return known;
    }
    if (connection.kind() != RecordKind.OPEN && ends.expectsPeer(nowNs)) {
      return null; // the peer is not at this address, but where a rule of NAT says
    }
    Workload listener = listener(connection, keyNetns, address);
    if (listener != null) {
      return listener;
    }
    Workload user = address.workload(window);
    return user != null && user.hasOwnAddress() ? user : null;
  }

  /** Null if there is none; a server's peer is a client. */
  private Workload listener(ConnectionRecord connection, long keyNetns, Sighting address) {
    if (ConnectionRole.of(connection) == ConnectionRole.SERVER) {
      return null;
    }
    long first = connection.peerAddress(0);
    long second = connection.peerAddress(1);
    int port = connection.peerPort();
    Workload atAddress = workload(sightings.find(first, second, keyNetns, port));
    long netns = address.netns(window);
    if (atAddress != null || netns == Sighting.NO_NETNS) {
      return atAddress;
    }
    // A listener of IPv4 is preferred to one of IPv6 that takes IPv4 too: compute_score() in
    // net/ipv4/inet_hashtables.c.
    Workload atAll = null;
    if (AddressKind.isIpv4(first, second)) {
      atAll = workload(sightings.find(0, AddressKind.ANY_IPV4, netns, port));
    }
    return atAll == null ? workload(sightings.find(0, 0, netns, port)) : atAll;
  }

  private Workload workload(Sighting seen) {
    return seen == null ? null : seen.workload(window);
  }
}
