// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;

/**
 * Which records are kept whatever their random bits are: those that meet one of these conditions.
 * Hot: {@link #meets} allocates nothing.
 *
 * @param failed whether those with an error are kept
 * @param slowerNs those that took longer; {@link Long#MAX_VALUE} for none, as in the following
 * @param largerBytes those with more payload, both directions together
 * @param retransmitRatio those with more retransmitted segments per segment sent; infinite for none
 * @param idleMs those that moved no data for longer at the end
 */
public record KeepConditions(
    boolean failed, long slowerNs, long largerBytes, double retransmitRatio, long idleMs) {
  public static final KeepConditions NONE =
      new KeepConditions(
          false, Long.MAX_VALUE, Long.MAX_VALUE, Double.POSITIVE_INFINITY, Long.MAX_VALUE);

  private static final long NS_PER_MS = 1_000_000;

  public KeepConditions withFailed() {
    return new KeepConditions(true, slowerNs, largerBytes, retransmitRatio, idleMs);
  }

  public KeepConditions withSlower(long ns) {
    return new KeepConditions(failed, ns, largerBytes, retransmitRatio, idleMs);
  }

  public KeepConditions withLarger(long bytes) {
    return new KeepConditions(failed, slowerNs, bytes, retransmitRatio, idleMs);
  }

  public KeepConditions withRetransmits(double ratio) {
    return new KeepConditions(failed, slowerNs, largerBytes, ratio, idleMs);
  }

  public KeepConditions withIdle(long ms) {
    return new KeepConditions(failed, slowerNs, largerBytes, retransmitRatio, ms);
  }

  boolean exist() {
    return !equals(NONE);
  }

  /**
   * @param error null if it ended well, or has not ended
   */
  boolean meets(ConnectionRecord connection, ErrorType error) {
    return failed && error != null
        || connection.durationNs() > slowerNs
        || isLarge(connection)
        || isRetransmitted(connection)
        || idleMs != Long.MAX_VALUE && idleMs(connection) > idleMs;
  }

  private boolean isLarge(ConnectionRecord connection) {
    return largerBytes != Long.MAX_VALUE
        && connection.sentBytes() > largerBytes - connection.receivedBytes();
  }

  private boolean isRetransmitted(ConnectionRecord connection) {
    return retransmitRatio != Double.POSITIVE_INFINITY
        && connection.totalRetrans() > retransmitRatio * connection.segsOut();
  }

  /** Since data was sent or received last; without any, since the beginning. */
  private static long idleMs(ConnectionRecord connection) {
    long idleMs = connection.durationNs() / NS_PER_MS;
    if (connection.hasSent()) {
      idleMs = Math.min(idleMs, connection.transmitIdleMs());
    }
    return connection.hasReceived() ? Math.min(idleMs, connection.receiveIdleMs()) : idleMs;
  }
}
