// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.opentelemetry.api.common.Attributes;

/**
 * A container, a unit of systemd or another group of processes with a cgroup of its own, to which
 * connections belong. There is one object per workload that a {@link WorkloadTable} knows, so that
 * {@code ==} compares workloads.
 */
public final class Workload {
  /** The agent, to which connections of unknown workloads belong: its resource is the agent's. */
  public static final Workload AGENT = new Workload(0, Attributes.empty(), "", "");

  private final int number;
  private final Attributes attributes;
  private final String identity;
  private final String groupIdentity;

  Workload(int number, Attributes attributes, String identity, String groupIdentity) {
    this.number = number;
    this.attributes = attributes;
    this.identity = identity;
    this.groupIdentity = groupIdentity;
  }

  /**
   * A small number that no other workload in the table has; 0 for {@link #AGENT}. Another workload
   * may get it after this one has expired.
   */
  public int number() {
    return number;
  }

  /** Those of the resource that tell this workload from others of the host. */
  public Attributes attributes() {
    return attributes;
  }

  /** The container's id, else the path of the cgroup. */
  public String identity() {
    return identity;
  }

  /** The uid of the pod, else the path of the slice or directory that the cgroup is in. */
  public String groupIdentity() {
    return groupIdentity;
  }

  @Override
  public String toString() {
    return identity;
  }
}
