// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ConnectionRecord;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/**
 * Finds the series of a pair of addresses. A look-up is hot: it allocates nothing. At most {@link
 * #LIMIT} pairs with together so many series as without addresses are kept apart; all others are
 * counted without addresses, marked {@code otel.metric.overflow}, so that no sum is lost.
 */
final class AddressPairs {
  static final int LIMIT = 1000;

  private static final int SLOTS = 2048;
  private static final int WORDS = 4;

  private final SeriesBudget budget;
  private final long[] addresses = new long[SLOTS * WORDS];
  private final SeriesTable[] tables = new SeriesTable[SLOTS];
  private final SeriesTable overflow;

  /** For the walk; the arrays above are the reader's alone. */
  private final Queue<SeriesTable> all = new ConcurrentLinkedQueue<>();

  private int pairs;

  AddressPairs(int seriesLimit) {
    this.budget = new SeriesBudget(seriesLimit);
    this.overflow =
        new SeriesTable(
            Attributes.of(ConnectionSeries.OVERFLOW, true), new SeriesBudget(seriesLimit), null);
    all.add(overflow);
  }

  SeriesTable find(ConnectionRecord connection) {
    long local0 = connection.localAddress(0);
    long local1 = connection.localAddress(1);
    long peer0 = connection.peerAddress(0);
    long peer1 = connection.peerAddress(1);
    int slot = firstSlot(local0, local1, peer0, peer1);
    while (tables[slot] != null) {
      int word = slot * WORDS;
      if (addresses[word] == local0
          && addresses[word + 1] == local1
          && addresses[word + 2] == peer0
          && addresses[word + 3] == peer1) {
        return tables[slot];
      }
      slot = slot + 1 & SLOTS - 1;
    }
    return pairs < LIMIT ? add(slot, connection) : overflow;
  }

  /** Of connections whose addresses are not known. */
  SeriesTable withoutAddresses() {
    return overflow;
  }

  private static int firstSlot(long local0, long local1, long peer0, long peer1) {
    long mixed = ((local0 * 31 + local1) * 31 + peer0) * 31 + peer1;
    return (int) (mixed * 0x9E3779B97F4A7C15L >>> 53);
  }

  private SeriesTable add(int slot, ConnectionRecord connection) {
    int word = slot * WORDS;
    addresses[word] = connection.localAddress(0);
    addresses[word + 1] = connection.localAddress(1);
    addresses[word + 2] = connection.peerAddress(0);
    addresses[word + 3] = connection.peerAddress(1);
    Attributes pair =
        Attributes.of(
            ConnectionSeries.LOCAL_ADDRESS, connection.localAddressText(),
            ConnectionSeries.PEER_ADDRESS, connection.peerAddressText());
    tables[slot] = new SeriesTable(pair, budget, overflow);
    all.add(tables[slot]);
    pairs++;
    return tables[slot];
  }

  /** Every series that was ever used; from any thread. */
  void forEach(Consumer<ConnectionSeries> visitor) {
    all.forEach(table -> table.forEach(visitor));
  }
}
