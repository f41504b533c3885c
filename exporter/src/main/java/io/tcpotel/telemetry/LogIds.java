// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.PairKey;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which log records have the pair ids of their connection.
 *
 * @param kinds of the records
 */
public record LogIds(PairKey key, Set<RecordKind> kinds) {
  private static final Set<RecordKind> OVER = EnumSet.of(RecordKind.CLOSE, RecordKind.FAILED);

  /** Those of connections that are over. */
  public static final LogIds DEFAULT = of(PairKey.PUBLIC);

  /**
   * Those of connections that are over; with a key of the user's own, of all: who knows the key and
   * the ids can find out sequence numbers, and with them forge segments of a connection that lives.
   */
  public static LogIds of(PairKey key) {
    return new LogIds(key, key.isOwn() ? EnumSet.allOf(RecordKind.class) : OVER);
  }

  public static LogIds none(PairKey key) {
    return new LogIds(key, Set.of());
  }
}
