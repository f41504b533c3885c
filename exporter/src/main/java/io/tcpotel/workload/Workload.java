// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.semconv.ContainerAttributes;
import io.opentelemetry.semconv.K8sAttributes;
import io.opentelemetry.semconv.ServiceAttributes;

/**
 * A container, a service or another group of processes with a cgroup of its own, to which
 * connections belong. There is one object per workload that a {@link WorkloadTable} knows, so that
 * {@code ==} compares workloads.
 */
public final class Workload {
  /** Of container.id, in UTF-8. */
  public static final int MAX_CONTAINER_ID_BYTES = 64;

  /** The agent, to which connections of unknown workloads belong: its resource is the agent's. */
  public static final Workload AGENT = new Workload(0, "", Attributes.empty(), null, Kind.OTHER);

  /** service.name of processes that are in no container and no service. */
  public static final String HOST = "host";

  private final int number;
  private final String identity;
  private final Attributes attributes;
  private final Workload group;
  private final Kind kind;

  /** What the cgroup is of. */
  private enum Kind {
    POD,
    CONTAINER,
    OTHER;

    static Kind of(CgroupPath path) {
      return path.podUid() != null ? POD : path.container() != null ? CONTAINER : OTHER;
    }
  }

  private Workload(int number, String identity, Attributes attributes, Workload group, Kind kind) {
    this.number = number;
    this.identity = identity;
    this.attributes = attributes;
    this.group = group;
    this.kind = kind;
  }

  static Workload group(int number, CgroupPath path) {
    return new Workload(
        number, path.groupIdentity(), WorkloadAttributes.ofGroup(path), null, Kind.of(path));
  }

  static Workload member(int number, CgroupPath path, Workload group) {
    return new Workload(number, path.identity(), WorkloadAttributes.of(path), group, Kind.of(path));
  }

  /**
   * A small number that no other workload in the table has; 0 for {@link #AGENT}. Another workload
   * may get it after this one has expired.
   */
  public int number() {
    return number;
  }

  /** The container's id, else the path of the cgroup. */
  public String identity() {
    return identity;
  }

  /** Those of the resource that tell this workload from others of the host. */
  public Attributes attributes() {
    return attributes;
  }

  /** Null if it is in no container. */
  public String containerId() {
    return attributes.get(ContainerAttributes.CONTAINER_ID);
  }

  /** Null if it is in no pod, or in a static one. */
  public String podUid() {
    return attributes.get(K8sAttributes.K8S_POD_UID);
  }

  /** Null if another names the service. */
  public String serviceName() {
    return attributes.get(ServiceAttributes.SERVICE_NAME);
  }

  /** The pod, else the slice or directory around the cgroup; itself if it is one, or the agent. */
  public Workload group() {
    return group == null ? this : group;
  }

  /** The uid of the pod, else the path of the slice or directory, with the containers' runtime. */
  public String groupIdentity() {
    return group().identity();
  }

  boolean isInPod() {
    return kind == Kind.POD;
  }

  /** Whether it is of the sort that may have a network namespace of its own. */
  boolean hasOwnAddress() {
    return kind != Kind.OTHER;
  }

  @Override
  public String toString() {
    return identity;
  }
}
