// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Set;

/**
 * By which attributes, besides role and port, metrics tell connections apart.
 *
 * @param prefix the lengths of the prefixes; null unless {@code by} is {@link By#ADDRESS_PREFIX}
 * @param serverPorts that have series of their own, however many others there are
 */
public record MetricKeys(By by, PrefixLengths prefix, Set<Integer> serverPorts) {
  /** Of {@link #serverPorts}: less than there are places for them. */
  public static final int MAX_SERVER_PORTS = 50;

  /** What of the peer is an attribute. */
  public enum By {
    PORT,
    /** Its name, where it is known; of the following, too. */
    PEER_NAME,
    ADDRESS_PAIR,
    ADDRESS_PREFIX
  }

  /** Without addresses. */
  public static final MetricKeys DEFAULT = of(By.PEER_NAME);

  public static MetricKeys of(By by) {
    return new MetricKeys(by, null, Set.of());
  }

  public static MetricKeys of(PrefixLengths prefix) {
    return new MetricKeys(By.ADDRESS_PREFIX, prefix, Set.of());
  }

  /** The same with other server ports. */
  public MetricKeys withServerPorts(Set<Integer> ports) {
    return new MetricKeys(by, prefix, ports);
  }

  boolean hasPeerNames() {
    return by != By.PORT;
  }

  public boolean hasAddresses() {
    return by == By.ADDRESS_PAIR || by == By.ADDRESS_PREFIX;
  }
}
