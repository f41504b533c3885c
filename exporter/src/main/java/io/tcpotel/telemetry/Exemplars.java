// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairIds;
import io.tcpotel.record.PairKey;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The exemplars of all histograms since the last collection, in memory of one size: an exemplar
 * that finds no room is left out. Hot: allocates nothing, throws nothing. One thread puts exemplars
 * in; it needs the lock only to write one, which is rare.
 */
final class Exemplars {
  /** Of all series together. */
  static final int MOST = 2048;

  static final AttributeKey<String> CONNECTION_ID =
      AttributeKey.stringKey(LogAttribute.CONNECTION_ID.key());

  private static final HexFormat HEX = HexFormat.of();

  /** The words of an exemplar. */
  private static final int VALUE_NS = 0;

  private static final int TIME_NS = 1;
  private static final int TRACE_ID_HIGH = 2;
  private static final int TRACE_ID_LOW = 3;
  private static final int SPAN_ID = 4;
  private static final int CONNECTION = 5;
  private static final int WORDS = 6;

  private final Source source;
  private Slots filled;
  private Slots shown;
  private volatile int collection;

  /** Room for exemplars, and the histogram to which each belongs. */
  private static final class Slots {
    private final long[] words = new long[(MOST + 1) * WORDS];
    private final ExemplarPlaces[] owners = new ExemplarPlaces[MOST + 1];
    private final short[] next = new short[MOST + 1];
    private int last;
  }

  /** The record that is counted now. */
  private static final class Source {
    private final PairKey key;
    private final boolean[] hasIds = new boolean[RecordKind.values().length];
    private ConnectionRecord connection;
    private boolean hasFailed;
    private long offsetNs;

    Source(LogIds which) {
      key = which.key();
      which.kinds().forEach(kind -> hasIds[kind.ordinal()] = true);
    }

    void write(long[] to, int at) {
      to[at + TIME_NS] = connection.closeNs() + offsetNs;
      to[at + CONNECTION] = connection.connectionId();
      if (hasIds[connection.kind().ordinal()]) {
        PairIds ids = connection.pairIds(key);
        writeIds(to, at, ids.traceIdHigh(), ids.traceIdLow(), ids.spanId());
      } else {
        writeIds(to, at, 0, 0, 0);
      }
    }

    private static void writeIds(
        long[] to, int at, long traceIdHigh, long traceIdLow, long spanId) {
      to[at + TRACE_ID_HIGH] = traceIdHigh;
      to[at + TRACE_ID_LOW] = traceIdLow;
      to[at + SPAN_ID] = spanId;
    }
  }

  /**
   * @param ids the records whose exemplars have ids; null if there are no exemplars
   */
  Exemplars(LogIds ids) {
    source = ids == null ? null : new Source(ids);
    filled = ids == null ? null : new Slots();
    shown = ids == null ? null : new Slots();
  }

  /** Null if the instrument has none. */
  Exemplars of(Instrument instrument) {
    boolean chosen = instrument == Instrument.CONNECTION_DURATION || instrument == Instrument.RTT;
    return chosen && source != null ? this : null;
  }

  /** What is added to a record's time to get its wall clock. */
  void setOffsetNs(long offsetNs) {
    if (source != null) {
      source.offsetNs = offsetNs;
    }
  }

  /** The values that follow are those of {@code connection}. */
  void begin(ConnectionRecord connection, boolean hasFailed) {
    if (source != null) {
      source.connection = connection;
      source.hasFailed = hasFailed;
    }
  }

  boolean hasFailed() {
    return source.hasFailed;
  }

  /**
   * Whether a histogram whose last value came after a collection can want more than the slowest.
   */
  boolean wantsMoreThanSlowest(long collectionOfLast) {
    return source.hasFailed || collectionOfLast != collection;
  }

  /** Exemplars of earlier collections are forgotten. */
  int collection() {
    return collection;
  }

  /** Whether only those can be replaced that are there. */
  boolean isFull() {
    return filled.last == MOST;
  }

  /**
   * Makes an exemplar of the record that is counted now.
   *
   * @param slot to write into; 0 for a new one
   * @return its slot; 0 if it found no room, or a collection has come between
   */
  synchronized int put(ExemplarPlaces owner, int inCollection, int slot, long ns) {
    if (inCollection != collection || slot == 0 && isFull()) {
      return 0;
    }
    int at = slot == 0 ? ++filled.last : slot;
    filled.owners[at] = owner;
    filled.words[at * WORDS + VALUE_NS] = ns;
    source.write(filled.words, at * WORDS);
    return at;
  }

  /** Takes one from its histogram, which has lost its values to another. */
  synchronized void drop(int inCollection, int slot) {
    if (inCollection == collection) {
      filled.owners[slot] = null;
    }
  }

  /** A collection shows those that there are; they stay until the next one. Not hot. */
  void collect() {
    if (source == null) {
      return;
    }
    synchronized (this) {
      Slots empty = shown;
      shown = filled;
      filled = empty;
      filled.last = 0;
      collection++;
    }
    for (int slot = 1; slot <= shown.last; slot++) {
      ExemplarPlaces owner = shown.owners[slot];
      shown.owners[slot] = null;
      if (owner != null) {
        shown.next[slot] = (short) owner.show(collection, slot);
      }
    }
  }

  /**
   * The exemplars that the last collection shows of one histogram.
   *
   * @param first slot
   */
  List<DoubleExemplarData> shownFrom(int first) {
    List<DoubleExemplarData> all = new ArrayList<>();
    for (int slot = first; slot != 0; slot = shown.next[slot]) {
      DoubleExemplarData exemplar = exemplar(slot * WORDS);
      if (!all.contains(exemplar)) { // the slowest can be the last that failed
        all.add(exemplar);
      }
    }
    return all;
  }

  private DoubleExemplarData exemplar(int at) {
    long[] words = shown.words;
    SpanContext span =
        SpanContext.create(
            TraceId.fromLongs(words[at + TRACE_ID_HIGH], words[at + TRACE_ID_LOW]),
            SpanId.fromLong(words[at + SPAN_ID]),
            TraceFlags.getDefault(),
            TraceState.getDefault());
    return DoubleExemplarData.create(
        Attributes.of(CONNECTION_ID, HEX.toHexDigits(words[at + CONNECTION])),
        words[at + TIME_NS],
        span,
        words[at + VALUE_NS] / 1e9);
  }
}
