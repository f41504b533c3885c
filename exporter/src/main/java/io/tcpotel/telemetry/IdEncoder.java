// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairIds;

/**
 * Writes {@code LogRecord.trace_id} and {@code span_id}, the pair ids of a connection. Hot:
 * allocates nothing, throws nothing. One thread uses it.
 */
final class IdEncoder {
  private static final int TRACE_ID_BYTES = 16;
  private static final int SPAN_ID_BYTES = 8;

  /** Of both fields, each with its key and its length. */
  static final int MAX_BYTES = 2 + TRACE_ID_BYTES + 2 + SPAN_ID_BYTES;

  private static final byte TRACE_ID = WireWriter.key(9, WireWriter.LENGTH_DELIMITED);
  private static final byte SPAN_ID = WireWriter.key(10, WireWriter.LENGTH_DELIMITED);

  private final PairIds ids;
  private final boolean[] written = new boolean[RecordKind.values().length];

  IdEncoder(LogIds which) {
    this.ids = which.key().newIds();
    which.kinds().forEach(kind -> written[kind.ordinal()] = true);
  }

  /** Whether a record has them. */
  boolean isWritten(ConnectionRecord connection) {
    return written[connection.kind().ordinal()];
  }

  void write(WireWriter to, ConnectionRecord connection) {
    if (isWritten(connection)) {
      ids.take(connection);
      to.raw(TRACE_ID);
      to.raw(TRACE_ID_BYTES);
      bigEndian(to, ids.traceIdHigh());
      bigEndian(to, ids.traceIdLow());
      to.raw(SPAN_ID);
      to.raw(SPAN_ID_BYTES);
      bigEndian(to, ids.spanId());
    }
  }

  private static void bigEndian(WireWriter to, long value) {
    to.fixed64(Long.reverseBytes(value));
  }
}
