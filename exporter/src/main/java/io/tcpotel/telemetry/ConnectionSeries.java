// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import java.util.function.Function;

/**
 * The sums of all connections with one key. Hot: to add allocates nothing once an error has
 * occurred. One thread adds. All else, collection too, holds the lock of the table.
 */
final class ConnectionSeries {
  static final int ACTIVE = 0;
  static final int ESTABLISHED = 1;
  static final int SENT_BYTES = 2;
  static final int RECEIVED_BYTES = 3;
  static final int SEGS_OUT = 4;
  static final int SEGS_IN = 5;
  static final int TOTAL_RETRANS = 6;
  static final int LOST = 7;

  static final int NETWORK_LIMITED_MS = 8;
  static final int RECEIVER_LIMITED_MS = 9;
  static final int SEND_BUFFER_LIMITED_MS = 10;
  static final int STALLED_MS = 11;
  static final int TIMEOUTS = 12;
  static final int SPURIOUS_RETRANSMITS = 13;
  static final int OUT_OF_ORDER_SEGMENTS = 14;

  /** Connections that are stalled now, and that wait for accept(). */
  static final int STALLED = 15;

  static final int NOT_ACCEPTED = 16;

  /** The first of one for each error. */
  static final int FAILED = 17;

  private static final int SUMS = FAILED + ErrorType.values().length;

  private final long[] key;
  private SeriesOwner owner;
  private final Function<long[], SeriesAttributes> attributesOf;
  private final long[] sums = new long[SUMS];
  private final long[] collected = new long[SUMS];
  private final SeriesTimes times;
  final ShownPoints shownPoints = new ShownPoints();
  private SeriesAttributes attributes;
  private long startNs;

  /** The last collection that has shown something new. */
  private long shownIn;

  /** Whether a report with totals has come; sums of zero are not shown before. */
  private volatile boolean hasTotals;

  /** Why the series keeps its place; the reader's thread alone. */
  private long changedAtNs;

  private long weight;
  private SeriesBudget.Evidence evidence = SeriesBudget.Evidence.NEVER_ESTABLISHED;

  /**
   * @param makes a distribution, or null if none is left
   * @param rest the series that takes what finds none
   */
  ConnectionSeries(
      SeriesOwner owner,
      long[] key,
      Function<long[], SeriesAttributes> attributesOf,
      long startNs,
      Function<Instrument, Distribution> makes,
      Function<ConnectionRole, ConnectionSeries> rest) {
    this.owner = owner;
    this.key = key.clone();
    this.attributesOf = attributesOf;
    this.startNs = startNs;
    this.times = new SeriesTimes(makes, () -> rest.apply(SeriesKey.role(this.key)).times);
  }

  long[] key() {
    return key;
  }

  SeriesOwner owner() {
    return owner;
  }

  /** When its sums began. */
  long startNs() {
    return startNs;
  }

  SeriesAttributes attributes() {
    if (attributes == null) {
      attributes = attributesOf.apply(key);
    }
    return attributes;
  }

  void changed(long atNs) {
    changedAtNs = atNs;
  }

  long weight() {
    return weight;
  }

  void setWeight(long weight) {
    this.weight = weight;
  }

  SeriesBudget.Evidence evidence() {
    return evidence;
  }

  void setEvidence(SeriesBudget.Evidence evidence) {
    this.evidence = evidence;
  }

  /** Whether nothing has changed after {@code ns}, nothing is open and all was collected. */
  boolean isIdleSince(long ns) {
    return changedAtNs <= ns && sums[ACTIVE] == 0 && !hasUncollected();
  }

  /** Before a collection shows its sums. */
  void beginCollection(long collection) {
    if (hasUncollected()) {
      shownIn = collection;
    }
  }

  long shownIn() {
    return shownIn;
  }

  private boolean hasUncollected() {
    for (int i = 0; i < SUMS; i++) {
      if (sums[i] != collected[i]) {
        return true;
      }
    }
    return times.hasUncollected();
  }

  void add(int sum, long amount) {
    SharedSums.add(sums, sum, amount);
  }

  void addFailed(ErrorType error, long connections) {
    add(FAILED + error.ordinal(), connections);
  }

  void addTotals(long sentBytes, long receivedBytes, long retransmitted) {
    add(SENT_BYTES, sentBytes);
    add(RECEIVED_BYTES, receivedBytes);
    add(TOTAL_RETRANS, retransmitted);
    showTotals();
  }

  private void showTotals() {
    if (!hasTotals) {
      hasTotals = true;
    }
  }

  void addSegments(long out, long in) {
    add(SEGS_OUT, out);
    add(SEGS_IN, in);
  }

  boolean hasTotals() {
    return hasTotals;
  }

  SeriesTimes times() {
    return times;
  }

  long sum(int sum) {
    return SharedSums.get(sums, sum);
  }

  /** Whether a sum is not 0, or was not when it was shown last. */
  boolean isToShow(int sum) {
    return sum(sum) != 0 || collected[sum] != 0;
  }

  /** The part of a sum that no collection has shown. */
  long uncollected(CountedSum counted) {
    long waiting = 0;
    for (int i = 0; i < SUMS; i++) {
      if (CountedSum.of(i) == counted) {
        waiting += sum(i) - collected[i];
      }
    }
    return waiting;
  }

  /** A collection shows a sum; returns by how much it has grown since the last one. */
  long collect(int sum) {
    long now = sum(sum);
    long added = now - collected[sum];
    collected[sum] = now;
    return added;
  }

  /** A sum as of the last collection. */
  long collected(int sum) {
    return collected[sum];
  }

  /** Gives to {@code other} what no collection has shown, and forgets the rest. */
  void moveUncollected(ConnectionSeries other) {
    for (int i = 0; i < SUMS; i++) {
      other.add(i, sums[i] - collected[i]);
      sums[i] = 0;
      collected[i] = 0;
    }
    shownPoints.clear();
    times.moveUncollected(other.times);
    if (hasTotals) {
      other.showTotals();
    }
    hasTotals = false;
  }

  /** Gives all to {@code other}; no collection has shown any of it. */
  void moveTo(ConnectionSeries other) {
    if (other.shownIn == 0) {
      other.startNs = Math.min(other.startNs, startNs);
    }
    moveUncollected(other);
  }

  /** Has another key from now on. */
  void setKey(SeriesOwner newOwner, long[] newKey) {
    owner.add(-1);
    newOwner.add(1);
    owner = newOwner;
    System.arraycopy(newKey, 0, key, 0, key.length);
    attributes = null;
  }

  void setStartNs(long startNs) {
    this.startNs = startNs;
  }
}
