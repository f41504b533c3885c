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
  /** TCP_REPAIR: 1 lets connect() and the following set a connection's state without a packet. */
  REPAIR(6, 19),
  /** TCP_REPAIR_QUEUE: the queue that {@link #QUEUE_SEQUENCE} means, 1 received, 2 sent. */
  REPAIR_QUEUE(6, 20),
  /** TCP_QUEUE_SEQ: the next sequence number of a queue. */
  QUEUE_SEQUENCE(6, 21),
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
