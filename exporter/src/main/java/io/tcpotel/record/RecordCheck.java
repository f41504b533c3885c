// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;

/** Whether this program can read a record. Hot: allocates nothing, throws nothing. */
public enum RecordCheck {
  OK,
  /** Another length than a record of its kind has. */
  TRUNCATED,
  /** Another version, kind or address family, or fields that no record can have together. */
  UNKNOWN_TYPE,
  /** A total is below the one that was reported before. */
  BACKWARDS;

  /** Whether the record's fields can be read. */
  public boolean isReadable() {
    return this == OK || this == BACKWARDS;
  }

  /** Checks a record that took {@code length} bytes. */
  static RecordCheck of(ConnectionRecord connection, int length) {
    RecordKind kind = connection.kind();
    if (connection.u16(tcp_probe_info.size$offset()) != length
        || kind != null && kind.bytes() != length) {
      return TRUNCATED;
    }
    boolean known =
        connection.u16(tcp_probe_info.version$offset()) == ProbeAbi.TCP_PROBE_VERSION()
            && kind != null
            && kind != RecordKind.LISTENER
            && (connection.type() == ConnectionRecord.IPV4
                || connection.type() == ConnectionRecord.IPV6);
    if (!known || !isPossible(connection)) {
      return UNKNOWN_TYPE;
    }
    return RecordDifferences.isNegative(connection) ? BACKWARDS : OK;
  }

  /** A failed connect has its error, and the numbers of 64 bits are no negative ones here. */
  private static boolean isPossible(ConnectionRecord connection) {
    boolean lacksError = connection.kind() == RecordKind.FAILED && ErrorType.of(connection) == null;
    long signs =
        connection.durationNs()
            | connection.sentBytes()
            | connection.receivedBytes()
            | connection.reportedSentBytes()
            | connection.reportedReceivedBytes();
    return !lacksError && signs >= 0;
  }
}
