// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;

/** Questions to records. */
final class Records {
  private Records() {}

  static boolean isOpen(ConnectionRecord record) {
    return record.kind() == RecordKind.OPEN;
  }

  /** A close or a failed connect. */
  static boolean isEnd(ConnectionRecord record) {
    return record.kind() == RecordKind.CLOSE || record.kind() == RecordKind.FAILED;
  }

  static boolean isOutbound(ConnectionRecord record) {
    return record.direction() == ProbeAbi.TCP_PROBE_OUTBOUND();
  }

  /** For the message of a failed assertion. */
  static String text(ConnectionRecord record) {
    return String.format(
        "%s %s:%d to %s:%d, state %d, errno %d, sent %d, received %d, unacknowledged %d, unread %d",
        record.kind(),
        record.localAddressText(),
        record.localPort(),
        record.peerAddressText(),
        record.peerPort(),
        record.previousState(),
        record.skErr(),
        record.sentBytes(),
        record.receivedBytes(),
        record.unackedBytes(),
        record.unreadBytes());
  }
}
