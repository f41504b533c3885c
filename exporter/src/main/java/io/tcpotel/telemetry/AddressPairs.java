// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import java.util.function.Consumer;

/**
 * Finds the series of a workload, a pair of addresses, a role and a port. Hot: allocates nothing
 * once there are as many as may be. The heaviest are kept (the space-saving algorithm): a new key
 * takes the place of the lightest, whose weight it inherits, so that a key heavier than a fair
 * share always stays. What the lightest has not shown yet goes to the overflow, by role and port.
 */
final class AddressPairs {
  private static final int WORDS = 5;

  /** A connection weighs one, and so does each KiB of payload. */
  private static final int WEIGHT_SHIFT = 10;

  private final SeriesLife life;
  private final int limit;
  private final SeriesTable overflow;
  private final SeriesMap map = new SeriesMap();
  private final long[] key = new long[WORDS];

  /**
   * @param overflow of those that are not kept apart
   */
  AddressPairs(SeriesLife life, int limit, SeriesTable overflow) {
    this.life = life;
    this.limit = limit;
    this.overflow = overflow;
  }

  /**
   * @param payloadBytes that the record adds
   */
  ConnectionSeries find(
      SeriesOwner owner, ConnectionRecord connection, ConnectionRole role, long payloadBytes) {
    int port = SeriesTable.metricPort(role.serverPort(connection));
    key[0] = SeriesAttributes.word(owner, role, port);
    key[1] = connection.localAddress(0);
    key[2] = connection.localAddress(1);
    key[3] = connection.peerAddress(0);
    key[4] = connection.peerAddress(1);
    long weight = 1 + (payloadBytes >> WEIGHT_SHIFT);
    ConnectionSeries known = map.get(key, SeriesMap.hash(key));
    if (known == null) {
      known = map.size() < limit ? add(owner) : replaceLightest(owner);
    }
    known.setWeight(known.weight() + weight);
    known.changed(life.nowNs());
    return known;
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
            lightest.owner(),
            SeriesAttributes.role(old),
            SeriesAttributes.metricPort(old),
            established,
            0,
            0);
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
