// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

/** The server ports of the fleet's traffic: one for each kind. */
final class FleetPorts {
  /** Nobody listens. */
  static final int REFUSED = 7401;

  static final int RESET_BY_SERVER = 7405;
  static final int RESET_BY_CLIENT = 7406;

  /** Short connections of two workloads. */
  static final int SHORT = 7410;

  private FleetPorts() {}
}
