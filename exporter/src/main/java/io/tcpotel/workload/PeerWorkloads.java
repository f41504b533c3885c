// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.record.ConnectionRecord;

/** The workloads at the other ends of connections whose both ends are on this host. */
public final class PeerWorkloads {
  /** Hot. The local end of {@code connection} belongs to {@code workload}. */
  public void add(ConnectionRecord connection, Workload workload) {}

  /**
   * {@code workload} listens.
   *
   * @param first of the address's two halves, as a record has them
   */
  public void addListener(long netnsCookie, long first, long second, int port, Workload workload) {}

  /** Hot. The workload of the peer; null if it is unknown or there are several that fit. */
  public Workload of(ConnectionRecord connection) {
    return null;
  }

  /** Time goes on. */
  public void tick(long nowNs) {}
}
