// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import java.util.Arrays;
import java.util.List;

/**
 * The exemplars of one histogram: of each bucket the slowest connection and the last that failed,
 * since the last collection. Hot: a value that is not the slowest costs one comparison. One thread
 * offers values.
 */
final class ExemplarPlaces {
  /** No value is larger: there will be no room before the next collection. */
  private static final long NO_ROOM = Long.MAX_VALUE;

  private final Exemplars exemplars;

  /** In {@link Exemplars}, 0 for none: of each bucket that of the slowest, and that of the last. */
  private final short[] slots;

  /**
   * Words of the histogram: the last collection before its last value, and then of each bucket the
   * slowest, so that the others need not look it up.
   */
  private final long[] words;

  private final int first;
  private final int step;

  /** Of the collection that has shown some last; not of the thread that offers. */
  private int shownIn;

  private int firstShown;

  /**
   * @param words every {@code step}th, beginning with {@code first}, is for the exemplars
   */
  ExemplarPlaces(Exemplars exemplars, int buckets, long[] words, int first, int step) {
    this.exemplars = exemplars;
    this.slots = new short[2 * buckets];
    this.words = words;
    this.first = first;
    this.step = step;
    forget();
  }

  void offer(int bucket, long ns) {
    if (collection() != exemplars.collection()) {
      words[first] = exemplars.collection();
      forget();
    }
    int slowest = slowest(bucket);
    if (ns > words[slowest]) {
      words[slowest] = put(2 * bucket, ns) ? ns : NO_ROOM;
    }
    if (exemplars.hasFailed()) {
      put(2 * bucket + 1, ns);
    }
  }

  private void forget() {
    Arrays.fill(slots, (short) 0);
    for (int bucket = 0; 2 * bucket < slots.length; bucket++) {
      words[slowest(bucket)] = -1;
    }
  }

  private int slowest(int bucket) {
    return first + step * (bucket + 1);
  }

  private int collection() {
    return (int) words[first];
  }

  /** Whether it found room. */
  private boolean put(int place, long ns) {
    if (slots[place] == 0 && exemplars.isFull()) {
      return false;
    }
    slots[place] = (short) exemplars.put(this, collection(), slots[place], ns);
    return slots[place] != 0;
  }

  /** Forgets all: the values count elsewhere from now on. */
  void clear() {
    for (int place = 0; place < slots.length; place++) {
      if (slots[place] != 0) {
        exemplars.drop(collection(), slots[place]);
      }
    }
    forget();
  }

  /** A collection shows this one, too; returns the one that it shows next, 0 for none. */
  int show(int inCollection, int slot) {
    int next = shownIn == inCollection ? firstShown : 0;
    shownIn = inCollection;
    firstShown = slot;
    return next;
  }

  /** Those that the last collection shows; none if that is not {@code inCollection} any more. */
  List<DoubleExemplarData> shown(int inCollection) {
    return shownIn == inCollection && exemplars.collection() == inCollection
        ? exemplars.shownFrom(firstShown)
        : List.of();
  }

  /** The number of the last collection. */
  int lastCollection() {
    return exemplars.collection();
  }
}
