// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.RecordDifferences;
import java.util.function.Consumer;

/**
 * Finds the series of a workload, a peer, a role, a port, and a pair of addresses or the prefix of
 * the peer's. Hot: allocates nothing once there are as many as may be. The heaviest are kept (the
 * space-saving algorithm): a new key takes the place of the lightest, whose weight it inherits, so
 * that a key heavier than a fair share always stays. What the lightest has not shown yet goes to
 * the overflow, by role and port.
 */
final class AddressTable {
  /** A connection weighs one, and so does each KiB of payload. */
  private static final int WEIGHT_SHIFT = 10;

  private final SeriesLife life;
  private final PrefixLengths prefix;
  private final int limit;
  private final SeriesTable overflow;
  private final SeriesMap map = new SeriesMap();
  private final long[] key;

  /**
   * @param prefix null for pairs of addresses
   * @param overflow of those that are not kept apart
   */
  AddressTable(SeriesLife life, PrefixLengths prefix, int limit, SeriesTable overflow) {
    this.life = life;
    this.prefix = prefix;
    this.key = new long[prefix == null ? 5 : 3];
    this.limit = limit;
    this.overflow = overflow;
  }

  ConnectionSeries find(
      SeriesOwner owner, int peer, ConnectionRole role, ConnectionRecord connection) {
    key[0] = SeriesKey.word(owner, peer, role, role.serverPort(connection));
    setAddresses(connection);
    ConnectionSeries known = map.get(key, SeriesMap.hash(key));
    if (known == null) {
      known = map.size() < limit ? add(owner) : replaceLightest(owner);
    }
    known.setWeight(known.weight() + weight(connection));
    known.changed(life.nowNs());
    return known;
  }

  private static long weight(ConnectionRecord connection) {
    boolean hasTotals =
        connection.kind() != RecordKind.OPEN && connection.kind() != RecordKind.ADOPTED;
    return hasTotals
        ? 1
            + (RecordDifferences.sentBytes(connection) + RecordDifferences.receivedBytes(connection)
                >> WEIGHT_SHIFT)
        : 1;
  }

  private void setAddresses(ConnectionRecord connection) {
    long first = connection.peerAddress(0);
    long second = connection.peerAddress(1);
    if (prefix == null) {
      key[1] = connection.localAddress(0);
      key[2] = connection.localAddress(1);
      key[3] = first;
      key[4] = second;
    } else {
      key[1] = prefix.first(first, second);
      key[2] = prefix.second(first, second);
    }
  }

  private ConnectionSeries add(SeriesOwner owner) {
    ConnectionSeries added = life.begin(owner, key, false, overflow::overflow);
    synchronized (life.lock()) {
      map.put(added);
    }
    return added;
  }

  private ConnectionSeries replaceLightest(SeriesOwner owner) {
    ConnectionSeries lightest = map.lightest();
    long[] old = lightest.key();
    boolean established = lightest.sum(ConnectionSeries.ESTABLISHED) != 0;
    ConnectionSeries rest =
        overflow.find(
            lightest.owner(), SeriesKey.role(old), SeriesKey.port(old), established, 0, 0);
    synchronized (life.lock()) {
      map.remove(lightest);
      lightest.moveUncollected(rest);
      lightest.setKey(owner, key);
      lightest.setStartNs(life.epochNs());
      map.put(lightest);
    }
    return lightest;
  }

  /** Needs the lock. */
  void moveShared() {
    life.moveShared(map, (series, known) -> known.setWeight(known.weight() + series.weight()));
  }

  void expire() {
    synchronized (life.lock()) {
      life.removeIdle(map, idle -> {});
    }
  }

  int size() {
    return map.size();
  }

  void forEach(Consumer<ConnectionSeries> visitor) {
    map.forEach(visitor);
  }
}
