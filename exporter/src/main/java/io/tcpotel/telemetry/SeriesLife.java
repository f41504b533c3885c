// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRole;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * When series begin and end, and under which lock. A series whose last value a collector that was
 * away has not taken stays, so that the next collection shows it again. The reader's thread uses
 * it.
 */
final class SeriesLife {
  /** After the last change. */
  static final long EXPIRY_NS = TimeUnit.MINUTES.toNanos(15);

  private static final long SWEEP_NS = TimeUnit.MINUTES.toNanos(1);

  private final Object lock = new Object();
  private final InstantSource wallClock;
  private final KeyAttributes attributes;
  private final DistributionBudget distributions;
  private long nowNs;
  private long sweptAtNs;

  /** The number of the last collection, and of the last one whose points had their final answer. */
  private long collection;

  private long answered;

  SeriesLife(InstantSource wallClock, KeyAttributes attributes, DistributionBudget distributions) {
    this.wallClock = wallClock;
    this.attributes = attributes;
    this.distributions = distributions;
  }

  /** Held while tables change and while series are collected. */
  Object lock() {
    return lock;
  }

  /**
   * Time goes on; whether idle series are to be looked for.
   *
   * @param nowNs by a clock that never goes back
   */
  boolean tick(long nowNs) {
    this.nowNs = nowNs;
    if (nowNs - sweptAtNs < SWEEP_NS) {
      return false;
    }
    sweptAtNs = nowNs;
    return true;
  }

  /** A collection begins; returns its number. Needs the lock. */
  long beginCollection() {
    return ++collection;
  }

  /** Whether no later attempt can deliver the points of this collection, or has to. */
  boolean hasArrived(long collection) {
    return collection <= answered;
  }

  /** No later attempt can deliver the points of the last collection, or has to. Needs the lock. */
  void answered() {
    answered = collection;
  }

  long nowNs() {
    return nowNs;
  }

  long epochNs() {
    var now = wallClock.instant();
    return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
  }

  /**
   * @param rest the series that takes times for which no distribution is left
   */
  ConnectionSeries begin(
      SeriesOwner owner,
      long[] key,
      boolean isMarked,
      Function<ConnectionRole, ConnectionSeries> rest) {
    return begin(
        new ConnectionSeries(
            owner,
            key,
            shown -> attributes.of(shown, isMarked),
            epochNs(),
            distributions::take,
            rest));
  }

  ConnectionSeries beginRest(SeriesOwner agent, long[] key) {
    return begin(
        new ConnectionSeries(
            agent,
            key,
            shown -> attributes.of(shown, true),
            epochNs(),
            distributions::beyond,
            null));
  }

  private ConnectionSeries begin(ConnectionSeries begun) {
    begun.owner().add(1);
    begun.changed(nowNs);
    return begun;
  }

  /** It has no place in a table any more. */
  void end(ConnectionSeries series) {
    distributions.giveBack(series.times().size());
    series.owner().add(-1);
  }

  /** The series of a workload that has ended stay no longer than until they have arrived. */
  private long idleBeforeNs(ConnectionSeries series) {
    return series.owner().hasEnded() ? nowNs : nowNs - EXPIRY_NS;
  }

  private boolean isIdle(ConnectionSeries series) {
    return series.isIdleSince(idleBeforeNs(series)) && series.shownIn() <= answered;
  }

  /**
   * Gives the series of workloads that share them to the workloads that they share them with. Needs
   * the lock.
   *
   * @param merged takes a series that ends and the one that has its sums from now on
   */
  void moveShared(SeriesMap map, BiConsumer<ConnectionSeries, ConnectionSeries> merged) {
    for (ConnectionSeries series : map.all(each -> each.owner().isShared())) {
      SeriesOwner group = series.owner().counted();
      long[] key = series.key().clone();
      key[0] = SeriesKey.word(group, key);
      ConnectionSeries known = map.get(key, SeriesMap.hash(key));
      map.remove(series);
      if (known == null) {
        series.setKey(group, key);
        map.put(series);
      } else {
        series.moveTo(known);
        end(series);
        merged.accept(series, known);
      }
    }
  }

  void removeIdle(SeriesMap map, Consumer<ConnectionSeries> removed) {
    for (ConnectionSeries series : map.all(this::isIdle)) {
      map.remove(series);
      end(series);
      removed.accept(series);
    }
  }
}
