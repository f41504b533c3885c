// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ErrorType;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The round-trip times of one series and, by error, its durations and handshakes. Hot: allocates
 * nothing once an error has occurred. One thread adds.
 */
final class SeriesTimes {
  /** The first is that of connections without an error. */
  private static final int ERRORS = 1 + ErrorType.values().length;

  /** The first of one for each error. */
  private static final int DURATION = 0;

  private static final int HANDSHAKE = DURATION + ERRORS;

  private static final int RTT = HANDSHAKE + ERRORS;
  private static final int MIN_RTT = RTT + 1;
  private static final int SIZE = MIN_RTT + 1;

  private final AtomicReferenceArray<Distribution> known = new AtomicReferenceArray<>(SIZE);
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

  private static int index(ErrorType error) {
    return error == null ? 0 : 1 + error.ordinal();
  }

  /** {@code error} null: of connections that ended well. */
  Distribution duration(ErrorType error) {
    return find(DURATION + index(error));
  }

  /** {@code error} null: of connections that were established. */
  Distribution handshake(ErrorType error) {
    return find(HANDSHAKE + index(error));
  }

  Distribution rtt() {
    return find(RTT);
  }

  Distribution minRtt() {
    return find(MIN_RTT);
  }

  private static Instrument instrument(int index) {
    if (index < HANDSHAKE) {
      return Instrument.CONNECTION_DURATION;
    }
    if (index < RTT) {
      return Instrument.HANDSHAKE_DURATION;
    }
    return index == RTT ? Instrument.RTT : Instrument.MIN_RTT;
  }

  private Distribution find(int index) {
    Distribution found = known.getPlain(index);
    if (found == null) {
      found = makes.apply(instrument(index));
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
    for (int i = 0; i < SIZE; i++) {
      size += known.getPlain(i) == null ? 0 : 1;
    }
    return size;
  }

  /** Null if nothing was recorded. */
  Distribution knownRtt() {
    return known.getAcquire(RTT);
  }

  /** Likewise. */
  Distribution knownMinRtt() {
    return known.getAcquire(MIN_RTT);
  }

  void forEachDuration(BiConsumer<ErrorType, Distribution> visitor) {
    forEachError(DURATION, visitor);
  }

  void forEachHandshake(BiConsumer<ErrorType, Distribution> visitor) {
    forEachError(HANDSHAKE, visitor);
  }

  private void forEachError(int first, BiConsumer<ErrorType, Distribution> visitor) {
    for (int i = 0; i < ERRORS; i++) {
      Distribution each = known.getAcquire(first + i);
      if (each != null) {
        visitor.accept(i == 0 ? null : ErrorType.values()[i - 1], each);
      }
    }
  }

  boolean hasUncollected() {
    for (int i = 0; i < SIZE; i++) {
      Distribution each = known.getPlain(i);
      if (each != null && each.hasUncollected()) {
        return true;
      }
    }
    return false;
  }

  /** Gives to {@code other} what no collection has shown, and forgets the rest. */
  void moveUncollected(SeriesTimes other) {
    for (int i = 0; i < SIZE; i++) {
      Distribution each = known.getPlain(i);
      if (each != null) {
        each.moveUncollected(other.find(i));
      }
    }
  }
}
