// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.function.Consumer;

/** The series by port and, if addresses are told apart, those by pair of addresses besides. */
final class SeriesTables {
  final SeriesTable byPort;

  /** Null if no addresses are told apart. */
  final AddressPairs pairs;

  /** What is not kept apart in {@link #pairs}; without pairs, null. */
  final SeriesTable unpaired;

  SeriesTables(SeriesLife life, SeriesOwner agent, MetricModes modes) {
    boolean byPair = modes.byAddressPair();
    byPort = new SeriesTable(life, agent, modes.portLimit(), false);
    unpaired = byPair ? new SeriesTable(life, agent, modes.portLimit(), true) : null;
    pairs = byPair ? new AddressPairs(life, modes.pairLimit(), unpaired) : null;
  }

  /** Needs the lock. */
  int size() {
    return byPort.size() + (pairs == null ? 0 : pairs.size() + unpaired.size());
  }

  void expire() {
    byPort.expire();
    if (pairs != null) {
      pairs.expire();
      unpaired.expire();
    }
  }

  /** See {@link SeriesLife#moveShared}. Needs the lock. */
  void moveShared() {
    byPort.moveShared();
    if (pairs != null) {
      pairs.moveShared();
      unpaired.moveShared();
    }
  }

  /** The part of a sum, over all series, that no collection has shown. Needs the lock. */
  long uncollected(CountedSum sum) {
    long[] waiting = new long[1];
    Consumer<ConnectionSeries> add = series -> waiting[0] += series.uncollected(sum);
    if (sum.isPaired()) {
      forEachPaired(add);
    } else {
      byPort.forEach(add);
    }
    return waiting[0];
  }

  /** Visits the series of which addresses may be known. Needs the lock. */
  void forEachPaired(Consumer<ConnectionSeries> visitor) {
    if (pairs == null) {
      byPort.forEach(visitor);
    } else {
      pairs.forEach(visitor);
      unpaired.forEach(visitor);
    }
  }
}
