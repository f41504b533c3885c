// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Series by key, with open addressing. {@link #get} is hot: it allocates nothing. The thread that
 * changes it may get without a lock; others hold the lock under which it is changed.
 */
final class SeriesMap {
  private ConnectionSeries[] slots = new ConnectionSeries[64];

  /** The first word of each key: alone what most keys have, and close together. */
  private long[] firstWords = new long[64];

  private int size;

  /** Where {@link #lightest} looked last, and what was the lowest weight then. */
  private int hand;

  private long lowest;

  static int hash(long[] key) {
    long mixed = 0;
    for (long word : key) {
      mixed = (mixed + word) * 0x9E3779B97F4A7C15L;
      mixed ^= mixed >>> 32;
    }
    return (int) mixed;
  }

  /** Null if there is none. */
  ConnectionSeries get(long[] key, int hash) {
    int slot = hash & slots.length - 1;
    while (slots[slot] != null) {
      if (firstWords[slot] == key[0] && hasSameRest(slots[slot], key)) {
        return slots[slot];
      }
      slot = slot + 1 & slots.length - 1;
    }
    return null;
  }

  /** Keys of one map have one length; a series whose key is one word need not be looked at. */
  private static boolean hasSameRest(ConnectionSeries series, long[] key) {
    for (int i = 1; i < key.length; i++) {
      if (series.key()[i] != key[i]) {
        return false;
      }
    }
    return true;
  }

  /** Its key must be new. */
  void put(ConnectionSeries series) {
    if (++size * 2 > slots.length) {
      ConnectionSeries[] old = slots;
      slots = new ConnectionSeries[old.length * 2];
      firstWords = new long[slots.length];
      for (ConnectionSeries each : old) {
        if (each != null) {
          place(each);
        }
      }
    }
    place(series);
  }

  private void place(ConnectionSeries series) {
    int slot = hash(series.key()) & slots.length - 1;
    while (slots[slot] != null) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = series;
    firstWords[slot] = series.key()[0];
  }

  void remove(ConnectionSeries series) {
    int slot = hash(series.key()) & slots.length - 1;
    while (slots[slot] != series) {
      slot = slot + 1 & slots.length - 1;
    }
    size--;
    slots[slot] = null;
    // Those behind it may have passed over this slot.
    for (int next = slot + 1 & slots.length - 1;
        slots[next] != null;
        next = next + 1 & slots.length - 1) {
      ConnectionSeries moved = slots[next];
      slots[next] = null;
      place(moved);
    }
  }

  /** Those that {@code wanted} is true of. */
  List<ConnectionSeries> all(Predicate<ConnectionSeries> wanted) {
    List<ConnectionSeries> all = new ArrayList<>();
    forEach(
        series -> {
          if (wanted.test(series)) {
            all.add(series);
          }
        });
    return all;
  }

  int size() {
    return size;
  }

  void forEach(Consumer<ConnectionSeries> visitor) {
    for (ConnectionSeries series : slots) {
      if (series != null) {
        visitor.accept(series);
      }
    }
  }

  /** One of the lowest weight, if weights never sink. Seldom looks at all of them. */
  ConnectionSeries lightest() {
    for (int looked = 0; looked < slots.length; looked++) {
      hand = hand + 1 & slots.length - 1;
      ConnectionSeries series = slots[hand];
      if (series != null && series.weight() <= lowest) {
        return series;
      }
    }
    ConnectionSeries lightest = null;
    for (ConnectionSeries series : slots) {
      if (series != null && (lightest == null || series.weight() < lightest.weight())) {
        lightest = series;
      }
    }
    lowest = lightest.weight();
    return lightest;
  }
}
