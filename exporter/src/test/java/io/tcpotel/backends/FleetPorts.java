// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

/** The server ports of the fleet's traffic: one for each kind. */
final class FleetPorts {
  /** Nobody listens. */
  static final int REFUSED = 7401;

  /** The router answers for the server that its host is unreachable. */
  static final int UNREACHABLE = 7402;

  /** No SYN arrives; the application gives up. */
  static final int CANCELED = 7403;

  /** No SYN arrives; the kernel gives up. */
  static final int TIMED_OUT = 7404;

  static final int RESET_BY_SERVER = 7405;
  static final int RESET_BY_CLIENT = 7406;

  /** Short connections of two workloads to {@link Workload#STORE}. */
  static final int SHORT = 7410;

  /** Short connections to {@link Workload#LEDGER}, which closes them. */
  static final int CLOSED_BY_SERVER = 7411;

  /** Short connections to the router, where no agent is. */
  static final int NEAR = 7412;

  /** Short connections by IPv6. */
  static final int IPV6 = 7413;

  /** Connections of known duration. */
  static final int LASTING = 7415;

  /** Connections with many exchanges; some of them stay open. */
  static final int POOL = 7420;

  /** Open without an exchange for long. */
  static final int IDLE = 7430;

  /** Open, and nothing that the client sends arrives. */
  static final int STALLED = 7440;

  /** Nobody accepts. */
  static final int FULL_QUEUE = 7450;

  /** Nothing arrives for a while. */
  static final int SLOW_BY_NETWORK = 7461;

  /** The server reads late. */
  static final int SLOW_BY_RECEIVER = 7462;

  /** The client's send buffer is small. */
  static final int SLOW_BY_SEND_BUFFER = 7463;

  /** The applications do nothing for a while. */
  static final int SLOW_BY_APPLICATION = 7464;

  /** Some segments are lost. */
  static final int LOSSY = 7470;

  /** More of them. */
  static final int LOSSIER = 7471;

  /** At {@link Dialing#VIRTUAL}, translated to {@link #TRANSLATED_SERVER}. */
  static final int TRANSLATED = 8480;

  static final int TRANSLATED_SERVER = 7480;

  /** The router makes itself the source of these connections, from ports of its own. */
  static final int MASQUERADED = 7481;

  /** The first of those ports. */
  static final int FIRST_MASQUERADE = 31_000;

  static final int LAST_MASQUERADE = 31_999;

  /** Failures in one burst at the end, at a port that had no connection before. */
  static final int BURST = 7499;

  /** Before and after a restart of the client's agent. */
  static final int RESTART = 7500;

  /** While the Collector is away. */
  static final int WITHOUT_COLLECTOR = 7510;

  /** To the router, whose agent has a ring for a few of them and does not read it. */
  static final int FULL_RING = 7600;

  private FleetPorts() {}
}
