// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/**
 * Whose answer did not come in time. The kernel keeps both counts until the socket is closed:
 * timeouts in a row, and probes. Hot: allocates nothing, throws nothing.
 */
public enum TimeoutCause {
  DATA("data"),
  KEEPALIVE("keepalive"),
  CONNECT("connect");

  private final String value;

  TimeoutCause(String value) {
    this.value = value;
  }

  /** The value of {@code tcpotel.timeout.cause}. */
  public String value() {
    return value;
  }

  /**
   * Null without a timeout, and if nothing tells the cause. An application that gives up while the
   * kernel sends its SYN again has waited in vain, unlike one that gives up at once.
   */
  public static TimeoutCause of(ConnectionRecord connection, ErrorType error) {
    boolean gaveUp = error == ErrorType.CANCELED && connection.synRetransmits() != 0;
    if (gaveUp || error == ErrorType.TIMED_OUT && !connection.connSuccess()) {
      return CONNECT;
    }
    return error == ErrorType.TIMED_OUT ? ofEstablished(connection) : null;
  }

  /** Probes of keepalive have no data behind them, those of a window that stays closed do. */
  private static TimeoutCause ofEstablished(ConnectionRecord connection) {
    if (connection.timeoutsInARow() != 0) {
      return DATA;
    }
    if (connection.windowProbes() == 0) {
      return null;
    }
    return connection.unackedBytes() == 0 ? KEEPALIVE : DATA;
  }
}
