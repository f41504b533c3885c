// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What the API server knows of a container: also what a record's resource must say.
 *
 * @param workload KIND/NAME in lower case; empty for a pod without an owner
 */
record PodIdentity(
    String namespace,
    String pod,
    String podUid,
    String container,
    String containerId,
    String workload) {
  private static final List<String> KINDS = List.of("deployment", "daemonset", "job");

  static PodIdentity of(JsonObject pod, String container) {
    String namespace = Cluster.text(pod, "metadata", "namespace");
    return new PodIdentity(
        namespace,
        Cluster.text(pod, "metadata", "name"),
        Cluster.text(pod, "metadata", "uid"),
        container,
        containerId(pod, container),
        workload(pod, namespace));
  }

  /** The names of the containers that have an id. */
  static List<String> startedContainers(JsonObject pod) {
    return statuses(pod)
        .filter(each -> !Cluster.text(each, "containerID").isEmpty())
        .map(each -> Cluster.text(each, "name"))
        .toList();
  }

  private static Stream<JsonObject> statuses(JsonObject pod) {
    JsonObject status = pod.getAsJsonObject("status");
    return Stream.of("containerStatuses", "initContainerStatuses")
        .flatMap(list -> Cluster.objects(status.get(list)).stream());
  }

  static String containerId(JsonObject pod, String container) {
    return statuses(pod)
        .filter(each -> Cluster.text(each, "name").equals(container))
        .map(each -> Cluster.text(each, "containerID").replace("containerd://", ""))
        .findFirst()
        .orElse("");
  }

  private static String workload(JsonObject object, String namespace) {
    for (JsonObject owner :
        Cluster.objects(object.getAsJsonObject("metadata").get("ownerReferences"))) {
      String kind = Cluster.text(owner, "kind");
      String name = Cluster.text(owner, "name");
      if (kind.equals("ReplicaSet")) {
        return workload(Cluster.get("replicaset", name, "-n", namespace), namespace);
      } else if (!kind.equals("Node")) { // which owns the mirror of a static pod
        return kind.toLowerCase(Locale.ROOT) + "/" + name;
      }
    }
    return "";
  }

  static PodIdentity of(Map<String, String> resource) {
    String workload =
        KINDS.stream()
            .filter(kind -> resource.containsKey("k8s." + kind + ".name"))
            .map(kind -> kind + "/" + resource.get("k8s." + kind + ".name"))
            .findFirst()
            .orElse("");
    return new PodIdentity(
        resource.getOrDefault("k8s.namespace.name", ""),
        resource.getOrDefault("k8s.pod.name", ""),
        resource.getOrDefault("k8s.pod.uid", ""),
        resource.getOrDefault("k8s.container.name", ""),
        resource.getOrDefault("container.id", ""),
        workload);
  }

  PodIdentity withContainer(String name) {
    return new PodIdentity(namespace, pod, podUid, name, containerId, workload);
  }
}
