// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.abi.ProbeAbi;

/** Which end of a connection the local socket is. */
public enum ConnectionRole {
  UNKNOWN("unknown"),
  CLIENT("client"),
  SERVER("server");

  private final String value;

  ConnectionRole(String value) {
    this.value = value;
  }

  /** The value of {@code tcpotel.connection.role}. */
  public String value() {
    return value;
  }

  /** By the record's direction. */
  public static ConnectionRole of(ConnectionRecord connection) {
    return of(connection.direction());
  }

  static ConnectionRole of(int direction) {
    if (direction == ProbeAbi.TCP_PROBE_OUTBOUND()) {
      return CLIENT;
    }
    return direction == ProbeAbi.TCP_PROBE_INBOUND() ? SERVER : UNKNOWN;
  }

  /** The port of the connection's server end; 0 if the role is unknown. */
  public int serverPort(ConnectionRecord connection) {
    return switch (this) {
      case CLIENT -> connection.peerPort();
      case SERVER -> connection.localPort();
      case UNKNOWN -> 0;
    };
  }
}
