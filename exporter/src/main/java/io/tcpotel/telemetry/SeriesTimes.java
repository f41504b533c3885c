// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ErrorType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The round-trip times of one series and, by error, its durations and handshakes. Hot: allocates
 * nothing once an error has occurred. One thread adds.
 */
final class SeriesTimes {
  private static final VarHandle KNOWN = MethodHandles.arrayElementVarHandle(Distribution[].class);

  private static final int RTT = 0;
  private static final int MIN_RTT = 1;

  /** Durations and handshakes in turn, first those without an error: most need no other line. */
  private static final int DURATION = 2;

  private static final int HANDSHAKE = 3;
  private static final int SIZE = DURATION + 2 * (1 + ErrorType.values().length);

  private final Distribution[] known = new Distribution[SIZE];
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
    return error == null ? 0 : 2 * (1 + error.ordinal());
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
    if (index < DURATION) {
      return index == RTT ? Instrument.RTT : Instrument.MIN_RTT;
    }
    return (index - DURATION) % 2 == 0
        ? Instrument.CONNECTION_DURATION
        : Instrument.HANDSHAKE_DURATION;
  }

  private Distribution find(int index) {
    Distribution found = known[index];
    if (found == null) {
      found = makes.apply(instrument(index));
      if (found == null) {
        return rest.get().find(index);
      }
      KNOWN.setRelease(known, index, found);
    }
    return found;
  }

  /** How many distributions there are. */
  int size() {
    int size = 0;
    for (int i = 0; i < SIZE; i++) {
      size += known[i] == null ? 0 : 1;
    }
    return size;
  }

  private Distribution known(int index) {
    return (Distribution) KNOWN.getAcquire(known, index);
  }

  /** Null if nothing was recorded. */
  Distribution knownRtt() {
    return known(RTT);
  }

  /** Likewise. */
  Distribution knownMinRtt() {
    return known(MIN_RTT);
  }

  void forEachDuration(BiConsumer<ErrorType, Distribution> visitor) {
    forEachError(DURATION, visitor);
  }

  void forEachHandshake(BiConsumer<ErrorType, Distribution> visitor) {
    forEachError(HANDSHAKE, visitor);
  }

  private void forEachError(int first, BiConsumer<ErrorType, Distribution> visitor) {
    visit(first, null, visitor);
    for (ErrorType error : ErrorType.values()) {
      visit(first, error, visitor);
    }
  }

  private void visit(int first, ErrorType error, BiConsumer<ErrorType, Distribution> visitor) {
    Distribution each = known(first + index(error));
    if (each != null) {
      visitor.accept(error, each);
    }
  }

  boolean hasUncollected() {
    for (int i = 0; i < SIZE; i++) {
      Distribution each = known[i];
      if (each != null && each.hasUncollected()) {
        return true;
      }
    }
    return false;
  }

  /** Gives to {@code other} what no collection has shown, and forgets the rest. */
  void moveUncollected(SeriesTimes other) {
    for (int i = 0; i < SIZE; i++) {
      Distribution each = known[i];
      if (each != null) {
        each.moveUncollected(other.find(i));
      }
    }
  }
}
