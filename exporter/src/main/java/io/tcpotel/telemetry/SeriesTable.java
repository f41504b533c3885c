// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.FoldedEnds;
import java.util.Arrays;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * Finds the series of a role and a server port. A look-up is hot: it allocates nothing. Series are
 * made as the budget allows; what comes later is looked up in the table for the rest, or, where
 * there is none, shares one series per role, marked {@code otel.metric.overflow}. One thread looks
 * up; any may walk.
 */
final class SeriesTable {
  private static final int ROLES = ConnectionRole.values().length;

  private final Attributes addresses;
  private final SeriesBudget budget;
  private final SeriesTable rest;
  private final ConnectionSeries[] overflow = new ConnectionSeries[ROLES];

  /** For the walk; the arrays below are the reader's alone. */
  private final CopyOnWriteArrayList<ConnectionSeries> all = new CopyOnWriteArrayList<>();

  private final LongAdder folded = new LongAdder();

  private int[] keys = new int[64];
  private ConnectionSeries[] series = new ConnectionSeries[64];

  /**
   * @param addresses what all series of this table have in common
   * @param rest null if what finds no room shares one series per role
   */
  SeriesTable(Attributes addresses, SeriesBudget budget, SeriesTable rest) {
    this.addresses = addresses;
    this.budget = budget;
    this.rest = rest;
  }

  /**
   * @param established whether a connection to the port is or was
   */
  ConnectionSeries find(ConnectionRole role, int serverPort, boolean established) {
    int metricPort = ConnectionSeries.metricPort(serverPort);
    int key = metricPort * ROLES + role.ordinal() + 1; // 0 is an empty slot
    int slot = slot(keys, key);
    if (keys[slot] != key) {
      return add(role, metricPort, key, established);
    }
    ConnectionSeries known = series[slot];
    if (established && known.prove()) {
      budget.prove();
    }
    return known;
  }

  private static int slot(int[] keys, int key) {
    int slot = key * 0x9E3779B1 >>> 16 & keys.length - 1;
    while (keys[slot] != 0 && keys[slot] != key) {
      slot = slot + 1 & keys.length - 1;
    }
    return slot;
  }

  private ConnectionSeries add(ConnectionRole role, int metricPort, int key, boolean established) {
    if (!budget.take(established)) {
      return rest == null ? overflow(role) : rest.find(role, metricPort, established);
    }
    if (all.size() * 2 >= keys.length) {
      grow();
    }
    ConnectionSeries added = ConnectionSeries.of(role, metricPort, addresses);
    if (established) {
      added.prove();
    }
    int slot = slot(keys, key);
    keys[slot] = key;
    series[slot] = added;
    all.add(added);
    return added;
  }

  /** For ends that the kernel has folded. */
  ConnectionSeries find(FoldedEnds ends) {
    return ends.isOverflow()
        ? overflow(ends.role())
        : find(ends.role(), ends.serverPort(), ends.failed() == 0);
  }

  /** The one of all that found no series of their own. */
  private ConnectionSeries overflow(ConnectionRole role) {
    folded.increment();
    ConnectionSeries shared = overflow[role.ordinal()];
    if (shared == null) {
      shared = addOverflow(role);
      overflow[role.ordinal()] = shared;
    }
    return shared;
  }

  /** In a table whose series all are marked it may be there already: none may be there twice. */
  private ConnectionSeries addOverflow(ConnectionRole role) {
    Attributes marked = addresses.toBuilder().put(ConnectionSeries.OVERFLOW, true).build();
    ConnectionSeries added = ConnectionSeries.of(role, 0, marked);
    for (ConnectionSeries known : all) {
      if (known.plain.equals(added.plain)) {
        return known;
      }
    }
    all.add(added);
    return added;
  }

  private void grow() {
    int[] oldKeys = keys;
    ConnectionSeries[] oldSeries = series;
    keys = new int[oldKeys.length * 2];
    series = Arrays.copyOf(new ConnectionSeries[0], keys.length);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = slot(keys, oldKeys[i]);
        keys[slot] = oldKeys[i];
        series[slot] = oldSeries[i];
      }
    }
  }

  /** How many there are; from any thread. */
  int size() {
    return all.size();
  }

  /** How often one was looked for that is not told apart; from any thread. */
  long overflowed() {
    return folded.sum();
  }

  /** Every series that was ever used; from any thread. */
  void forEach(Consumer<ConnectionSeries> visitor) {
    all.forEach(visitor);
  }
}
