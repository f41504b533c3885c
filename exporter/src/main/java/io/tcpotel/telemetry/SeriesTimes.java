// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ErrorType;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The durations, by error, and the round-trip times of one series. Hot: allocates nothing once an
 * error has occurred. One thread adds.
 */
final class SeriesTimes {
  private static final int DURATIONS = 1 + ErrorType.values().length;

  /** Behind the durations, of which the first is that of connections that ended well. */
  private static final int RTT = DURATIONS;

  private final AtomicReferenceArray<Distribution> known = new AtomicReferenceArray<>(RTT + 1);
  private final Function<Instrument, Distribution> makes;
  private final Supplier<SeriesTimes> rest;

  /**
   * @param makes a distribution, or null if none is left
   * @param rest those that take what finds none
   */
  SeriesTimes(Function<Instrument, Distribution> makes, Supplier<SeriesTimes> rest) {
    this.makes = makes;
    this.rest = rest;
  }

  /** {@code error} null: of connections that ended well. */
  Distribution duration(ErrorType error) {
    return find(error == null ? 0 : 1 + error.ordinal());
  }

  Distribution rtt() {
    return find(RTT);
  }

  private Distribution find(int index) {
    Distribution found = known.getPlain(index);
    if (found == null) {
      found = makes.apply(index == RTT ? Instrument.RTT : Instrument.CONNECTION_DURATION);
      if (found == null) {
        return rest.get().find(index);
      }
      known.setRelease(index, found);
    }
    return found;
  }

  /** How many distributions there are. */
  int size() {
    int size = 0;
    for (int i = 0; i <= RTT; i++) {
      size += known.getPlain(i) == null ? 0 : 1;
    }
    return size;
  }

  /** Null if nothing was recorded. */
  Distribution knownRtt() {
    return known.getAcquire(RTT);
  }

  void forEachDuration(BiConsumer<ErrorType, Distribution> visitor) {
    for (int i = 0; i < DURATIONS; i++) {
      Distribution duration = known.getAcquire(i);
      if (duration != null) {
        visitor.accept(i == 0 ? null : ErrorType.values()[i - 1], duration);
      }
    }
  }

  boolean hasUncollected() {
    for (int i = 0; i <= RTT; i++) {
      Distribution each = known.getPlain(i);
      if (each != null && each.hasUncollected()) {
        return true;
      }
    }
    return false;
  }

  /** Gives to {@code other} what no collection has shown, and forgets the rest. */
  void moveUncollected(SeriesTimes other) {
    for (int i = 0; i <= RTT; i++) {
      Distribution each = known.getPlain(i);
      if (each != null) {
        each.moveUncollected(other.find(i));
      }
    }
  }
}
