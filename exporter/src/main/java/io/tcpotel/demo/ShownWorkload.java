// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.opentelemetry.semconv.ContainerAttributes;
import io.opentelemetry.semconv.ServiceAttributes;
import io.tcpotel.Release;
import io.tcpotel.workload.Workload;

/** The workload of a resource, as a line names it. */
final class ShownWorkload {
  /** As runtimes show them. */
  private static final int ID_CHARACTERS = 12;

  private ShownWorkload() {}

  /**
   * The container's id as far as its runtime shows it, else the service; empty for neither, and for
   * a resource that is this program's.
   */
  static String of(Resource resource) {
    String container = value(resource, ContainerAttributes.CONTAINER_ID.getKey());
    if (!container.isEmpty()) {
      return container.substring(0, Math.min(container.length(), ID_CHARACTERS));
    }
    String service = value(resource, ServiceAttributes.SERVICE_NAME.getKey());
    return service.equals(Workload.HOST) || service.equals(Release.NAME) ? "" : service;
  }

  private static String value(Resource resource, String name) {
    for (KeyValue attribute : resource.getAttributesList()) {
      if (attribute.getKey().equals(name)) {
        return attribute.getValue().getStringValue();
      }
    }
    return "";
  }
}
