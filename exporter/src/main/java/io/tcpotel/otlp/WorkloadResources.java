// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.semconv.ServiceAttributes;
import io.tcpotel.workload.Workload;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The resource of each workload: its own attributes, and those of the agent's resource that tell of
 * the host. What the user configured wins, except for the name and the instance of the service:
 * those are the agent's. From any thread.
 */
final class WorkloadResources {
  /** The attributes that name the agent itself. */
  private static final Set<String> OF_AGENT =
      Set.of(
          ServiceAttributes.SERVICE_NAME.getKey(), ServiceAttributes.SERVICE_INSTANCE_ID.getKey());

  private final Resource agent;
  private final Map<String, String> named;
  private final InstanceId instance;
  private final Map<Workload, Resource> known = new ConcurrentHashMap<>();

  /**
   * @param named the attributes that the user named
   */
  WorkloadResources(Resource agent, Map<String, String> named) {
    this.agent = agent;
    this.named = named;
    this.instance = new InstanceId(agent.getAttribute(ServiceAttributes.SERVICE_INSTANCE_ID));
  }

  Resource of(Workload workload) {
    return workload == Workload.AGENT ? agent : known.computeIfAbsent(workload, this::make);
  }

  /** The workload has expired. */
  void forget(Workload workload) {
    known.remove(workload);
  }

  private Resource make(Workload workload) {
    AttributesBuilder attributes = agent.getAttributes().toBuilder();
    attributes.removeIf(
        key -> OF_AGENT.contains(key.getKey()) || AgentResource.POD.containsKey(key.getKey()));
    attributes.putAll(workload.attributes());
    attributes.put(ServiceAttributes.SERVICE_INSTANCE_ID, instance.of(workload.identity()));
    named.forEach(
        (name, value) -> {
          if (!OF_AGENT.contains(name)) {
            attributes.put(name, value);
          }
        });
    return Resource.create(attributes.build(), agent.getSchemaUrl());
  }
}
