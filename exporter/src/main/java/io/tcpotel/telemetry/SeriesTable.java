// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRole;
import io.tcpotel.telemetry.SeriesBudget.Evidence;
import java.util.BitSet;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Finds the series of a workload, a role, a server port and the name of a peer. A look-up is hot:
 * it allocates nothing. Where the budget has no room, connections share one series per role, marked
 * {@code otel.metric.overflow}. One thread looks up; {@link #forEach} needs the lock.
 */
final class SeriesTable {
  private final SeriesLife life;
  private final boolean isMarked;
  private final SeriesOwner agent;
  private final SeriesBudget budget;
  private final BitSet namedPorts = new BitSet();
  private final SeriesMap map = new SeriesMap();
  private final ConnectionSeries[] overflow = new ConnectionSeries[ConnectionRole.values().length];
  private final OverflowedKeys overflowedKeys = new OverflowedKeys();
  private final LongAdder overflowed = new LongAdder();
  private final long[] key = new long[1];

  /** Whether there was no room for a series of a named port. */
  private boolean hasNamedInOverflow;

  /**
   * @param agent to whom the overflow belongs
   * @param namedPorts that have a place in the budget
   * @param isMarked whether its series are themselves those that found no room elsewhere
   */
  SeriesTable(
      SeriesLife life, SeriesOwner agent, int limit, Set<Integer> namedPorts, boolean isMarked) {
    this.life = life;
    this.agent = agent;
    this.budget = new SeriesBudget(limit, !namedPorts.isEmpty());
    namedPorts.forEach(this.namedPorts::set);
    this.isMarked = isMarked;
  }

  /**
   * The series in which connections are to be counted.
   *
   * @param established whether the port has answered
   * @param begun how many of the connections begin
   * @param ended how many established ones end
   */
  ConnectionSeries find(
      SeriesOwner owner,
      ConnectionRole role,
      int serverPort,
      boolean established,
      long begun,
      long ended) {
    return find(owner, SeriesPeers.UNKNOWN, role, serverPort, established, begun, ended);
  }

  /**
   * The series in which connections with a peer of a name are to be counted, open ones excepted:
   * the name may be another one at their end.
   */
  ConnectionSeries findOfPeer(
      SeriesOwner owner,
      int peer,
      ConnectionRole role,
      int serverPort,
      boolean established,
      long begun) {
    return find(owner, peer, role, serverPort, established, begun, begun);
  }

  private ConnectionSeries find(
      SeriesOwner owner,
      int peer,
      ConnectionRole role,
      int serverPort,
      boolean established,
      long begun,
      long ended) {
    key[0] = SeriesKey.word(owner, peer, role, serverPort);
    int hash = SeriesMap.hash(key);
    ConnectionSeries known = map.get(key, hash);
    if (known == null) {
      return findNew(owner, hash, established, begun, ended);
    }
    known.changed(life.nowNs());
    if (known.evidence().compareTo(Evidence.SEEN_AGAIN) < 0 && established) {
      learn(known, begun);
    }
    return known;
  }

  private void learn(ConnectionSeries series, long begun) {
    Evidence before = series.evidence();
    Evidence now =
        before == Evidence.NEVER_ESTABLISHED && begun < 2 || begun == 0
            ? Evidence.SEEN_ONCE
            : Evidence.SEEN_AGAIN;
    if (now != before && budget.move(before, now)) {
      series.setEvidence(now);
    }
  }

  /** A key with connections that are open in the overflow stays there until they have ended. */
  private ConnectionSeries findNew(
      SeriesOwner owner, int hash, boolean established, long begun, long ended) {
    Evidence evidence = evidence(hash, established, begun);
    boolean isNamed = evidence == Evidence.NAMED;
    boolean mayBeOpen = overflowedKeys.hasOpen(hash) && (!isNamed || hasNamedInOverflow);
    if (mayBeOpen || !budget.take(evidence)) {
      hasNamedInOverflow |= isNamed;
      overflowedKeys.add(hash, begun, ended);
      overflowed.increment();
      return overflow(SeriesKey.role(key));
    }
    ConnectionSeries added = life.begin(owner, key, isMarked, this::overflow);
    added.setEvidence(evidence);
    synchronized (life.lock()) {
      map.put(added);
    }
    return added;
  }

  private Evidence evidence(int hash, boolean established, long begun) {
    if (namedPorts.get(SeriesKey.port(key))) {
      return Evidence.NAMED;
    }
    if (!established) {
      return Evidence.NEVER_ESTABLISHED;
    }
    return begun > 1 || overflowedKeys.wasSeen(hash) ? Evidence.SEEN_AGAIN : Evidence.SEEN_ONCE;
  }

  /** The one of all that found no series of their own. */
  ConnectionSeries overflow(ConnectionRole role) {
    ConnectionSeries shared = overflow[role.ordinal()];
    if (shared == null) {
      key[0] = SeriesKey.word(agent, SeriesPeers.UNKNOWN, role, 0);
      shared = life.beginRest(agent, key);
      synchronized (life.lock()) {
        overflow[role.ordinal()] = shared;
      }
    }
    return shared;
  }

  /** Needs the lock. */
  void moveShared() {
    life.moveShared(
        map,
        (series, known) -> {
          budget.giveBack(series.evidence());
          if (known.evidence() != Evidence.NAMED
              && series.evidence() != Evidence.NEVER_ESTABLISHED) {
            learn(known, 2);
          }
        });
  }

  /** Removes series without a change, an open connection or anything to show. */
  void expire() {
    overflowedKeys.forgetSeen();
    synchronized (life.lock()) {
      life.removeIdle(map, idle -> budget.giveBack(idle.evidence()));
    }
  }

  int size() {
    int shared = 0;
    for (ConnectionSeries each : overflow) {
      shared += each == null ? 0 : 1;
    }
    return map.size() + shared;
  }

  /** How often one was looked for that is not told apart; from any thread. */
  long overflowed() {
    return overflowed.sum();
  }

  void forEach(Consumer<ConnectionSeries> visitor) {
    map.forEach(visitor);
    for (ConnectionSeries each : overflow) {
      if (each != null) {
        visitor.accept(each);
      }
    }
  }
}
