// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

/** Options of a socket whose value is an int, as asm-generic/socket.h and linux/tcp.h have them. */
public enum SocketOption {
  /** SO_KEEPALIVE: 1 asks an idle peer whether it is still there. */
  KEEPALIVE(1, 9),
  /** TCP_KEEPIDLE, in seconds. */
  KEEPALIVE_IDLE_S(6, 4),
  /** TCP_KEEPINTVL, in seconds. */
  KEEPALIVE_INTERVAL_S(6, 5),
  /** TCP_KEEPCNT. */
  KEEPALIVE_PROBES(6, 6),
  /** TCP_FASTOPEN_CONNECT: 1 makes connect() wait for the first data, which goes with the SYN. */
  FAST_OPEN_CONNECT(6, 30);

  private final int level;
  private final int number;

  SocketOption(int level, int number) {
    this.level = level;
    this.number = number;
  }

  int level() {
    return level;
  }

  int number() {
    return number;
  }
}
