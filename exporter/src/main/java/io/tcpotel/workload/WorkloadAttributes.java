// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.semconv.ContainerAttributes;
import io.opentelemetry.semconv.K8sAttributes;
import io.opentelemetry.semconv.ServiceAttributes;

/** The attributes of a workload's resource that follow from the path of its cgroup. */
final class WorkloadAttributes {
  private WorkloadAttributes() {}

  static Attributes of(CgroupPath path) {
    AttributesBuilder attributes = common(path);
    if (path.container() != null) {
      attributes.put(ContainerAttributes.CONTAINER_ID, path.container().id());
    } else {
      attributes.put(ResourceAttribute.UNIT.key(), path.unit());
      attributes.put(ServiceAttributes.SERVICE_NAME, path.isInPod() ? null : service(path));
    }
    return attributes.build();
  }

  /** Those that all have in common whose group this is. */
  static Attributes ofGroup(CgroupPath path) {
    AttributesBuilder attributes = common(path);
    if (path.container() == null && !path.isInPod()) {
      attributes.put(ServiceAttributes.SERVICE_NAME, Workload.HOST);
    }
    return attributes.build();
  }

  /**
   * Without service.name where there may be a pod, so that the Collector's k8s_attributes sets it.
   * The uid of a static pod is left out: the API server does not know it, and k8s_attributes looks
   * no further than the first attribute that it is told to use and finds.
   */
  private static AttributesBuilder common(CgroupPath path) {
    AttributesBuilder attributes = Attributes.builder();
    attributes.put(K8sAttributes.K8S_POD_UID, path.hasKnownPodUid() ? path.podUid() : null);
    attributes.put(ResourceAttribute.SLICE.key(), path.slice());
    if (path.container() != null && !path.isInPod()) {
      attributes.put(ServiceAttributes.SERVICE_NAME, path.container().runtime());
    }
    return attributes;
  }

  private static String service(CgroupPath path) {
    return path.service() == null ? Workload.HOST : path.service();
  }
}
