// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairKey;

/**
 * Writes {@code LogRecord.trace_id} and {@code span_id}, the pair ids of a connection. Hot:
 * allocates nothing, throws nothing. One thread uses it.
 */
final class IdEncoder {
  /** Of both fields. */
  static final int MAX_BYTES = WireWriter.IDS_BYTES;

  private static final int TRACE_ID = 9;
  private static final int SPAN_ID = 10;

  private final PairKey key;
  private final boolean[] written = new boolean[RecordKind.values().length];

  IdEncoder(LogIds which) {
    this.key = which.key();
    which.kinds().forEach(kind -> written[kind.ordinal()] = true);
  }

  /** Whether a record has them. */
  boolean isWritten(ConnectionRecord connection) {
    return written[connection.kind().ordinal()];
  }

  void write(WireWriter to, ConnectionRecord connection) {
    if (isWritten(connection)) {
      to.ids(TRACE_ID, SPAN_ID, connection.pairIds(key));
    }
  }
}
