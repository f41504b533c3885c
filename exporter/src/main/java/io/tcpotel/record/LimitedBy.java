// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/**
 * Each thing that a sender can wait for, and for how long it did. Only one counts at a time. Hot:
 * allocates nothing, throws nothing.
 */
public enum LimitedBy {
  NETWORK("network"),
  RECEIVER("receiver"),
  SEND_BUFFER("send_buffer"),
  /** The rest of the duration: the application had nothing to send, or waited for the peer. */
  APPLICATION("application");

  private static final long NS_PER_MS = 1_000_000;
  private static final int SHARE = 10;

  private static final LimitedBy[] ALL = values();

  private final String value;

  LimitedBy(String value) {
    this.value = value;
  }

  /** The value of {@code tcpotel.limited_by}. */
  public String value() {
    return value;
  }

  /** For how long, so far. */
  public long ms(ConnectionRecord connection) {
    return switch (this) {
      case NETWORK -> connection.networkLimitedMs();
      case RECEIVER -> connection.receiverLimitedMs();
      case SEND_BUFFER -> connection.sendBufferLimitedMs();
      case APPLICATION -> restMs(connection);
    };
  }

  /** A server's duration begins after the handshake; the kernel's ticks can exceed the duration. */
  private static long restMs(ConnectionRecord connection) {
    // A record of version 2, from a spool or a recording, tells no limits, nor the user.
    if (!connection.connSuccess() || !connection.hasUid()) {
      return 0;
    }
    long limitedMs = NETWORK.ms(connection) + RECEIVER.ms(connection) + SEND_BUFFER.ms(connection);
    boolean inDuration = ConnectionRole.of(connection) == ConnectionRole.CLIENT;
    long handshakeNs = inDuration ? connection.handshakeUs() * 1000 : 0;
    return Math.max(0, connection.durationNs() - handshakeNs - limitedMs * NS_PER_MS) / NS_PER_MS;
  }

  /** The largest; null if it is less than a tenth of the duration, or less than 1 ms. */
  public static LimitedBy of(ConnectionRecord connection) {
    LimitedBy largest = null;
    long largestMs = 0;
    for (LimitedBy each : ALL) {
      long ms = each.ms(connection);
      if (ms > largestMs) {
        largest = each;
        largestMs = ms;
      }
    }
    long moreThanMs = (connection.durationNs() - 1) / (SHARE * NS_PER_MS);
    return largestMs > moreThanMs ? largest : null;
  }
}
