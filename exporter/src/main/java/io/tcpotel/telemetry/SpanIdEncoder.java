// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairIds;
import io.tcpotel.record.PairKey;

/**
 * Writes {@code Span.trace_id}, {@code span_id} and {@code parent_span_id}: the span of a server is
 * a child of the client's. Hot: allocates nothing, throws nothing. One thread uses it.
 */
final class SpanIdEncoder {
  private static final int TRACE_ID_BYTES = 16;
  private static final int SPAN_ID_BYTES = 8;

  /** Of all three fields, each with its key and its length. */
  static final int MAX_BYTES = 2 + TRACE_ID_BYTES + 2 * (2 + SPAN_ID_BYTES);

  private static final byte TRACE_ID = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte SPAN_ID = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte PARENT_SPAN_ID = WireWriter.key(4, WireWriter.LENGTH_DELIMITED);

  private final PairIds ids;

  SpanIdEncoder(PairKey key) {
    this.ids = key.newIds();
  }

  /** Writes the ids of trace and span. */
  void writeOwn(WireWriter to, ConnectionRecord connection) {
    ids.take(connection);
    to.raw(TRACE_ID);
    to.raw(TRACE_ID_BYTES);
    to.fixed64(Long.reverseBytes(ids.traceIdHigh()));
    to.fixed64(Long.reverseBytes(ids.traceIdLow()));
    to.raw(SPAN_ID);
    to.raw(SPAN_ID_BYTES);
    to.fixed64(Long.reverseBytes(ids.spanId()));
  }

  /** Writes the span id of the client, behind {@link #writeOwn}; false if there is none. */
  boolean writeParent(WireWriter to) {
    if (ids.parentSpanId() != 0) {
      to.raw(PARENT_SPAN_ID);
      to.raw(SPAN_ID_BYTES);
      to.fixed64(Long.reverseBytes(ids.parentSpanId()));
    }
    return ids.parentSpanId() != 0;
  }
}
