// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import io.tcpotel.telemetry.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/**
 * The resource of everything that one agent sends: itself and its host. What the user configured
 * wins.
 */
final class AgentResource {
  /** The pod that the agent runs in, by the variables that tell it. */
  static final Map<String, String> POD =
      Map.of(
          "k8s.namespace.name", "K8S_NAMESPACE_NAME",
          "k8s.pod.name", "K8S_POD_NAME",
          "k8s.pod.uid", "K8S_POD_UID");

  private AgentResource() {}

  /**
   * The agent's resource.
   *
   * @param named the attributes that the user named
   * @param source what this agent sees of the host, the same at each start; empty: all of it
   */
  static Resource of(Map<String, String> named, String source) {
    return of(named, source, System.getenv());
  }

  static Resource of(Map<String, String> named, String source, Map<String, String> environment) {
    AttributesBuilder attributes = Resource.getDefault().getAttributes().toBuilder();
    String node = environment.getOrDefault("K8S_NODE_NAME", "");
    // In a pod, the host name is that of the pod, another one after each restart.
    String host = node.isEmpty() ? read(Path.of("/proc/sys/kernel/hostname")) : node;
    attributes.put("service.name", Release.NAME);
    attributes.put("telemetry.distro.name", Release.NAME);
    attributes.put("telemetry.distro.version", Release.VERSION);
    putIfKnown(attributes, "host.name", host);
    putIfKnown(attributes, "host.id", machineId(read(Path.of("/etc/machine-id"))));
    putIfKnown(attributes, "k8s.node.name", node);
    POD.forEach(
        (key, variable) -> putIfKnown(attributes, key, environment.getOrDefault(variable, "")));
    attributes.put("service.instance.id", instance(host, source));
    named.forEach((name, value) -> attributes.put(name, value));
    return Resource.create(attributes.build(), Scope.SCHEMA_URL);
  }

  /** The same at each start, if possible: another one would begin all series anew in Prometheus. */
  private static String instance(String host, String source) {
    String boot = read(Path.of("/proc/sys/kernel/random/boot_id"));
    return host.isEmpty() || boot.isEmpty()
        ? UUID.randomUUID().toString()
        : host + "-" + boot + suffix(source);
  }

  /** Empty for a file that systemd has not filled yet (machine-id(5): "uninitialized"). */
  static String machineId(String content) {
    return content.matches("[0-9a-f]{32}") ? content : "";
  }

  /** Two agents on one host must not write one series, and a restarted one goes on with its own. */
  private static String suffix(String source) {
    if (source.isEmpty()) {
      return "";
    }
    byte[] bytes = source.getBytes(StandardCharsets.UTF_8);
    return "-" + UUID.nameUUIDFromBytes(bytes).toString().substring(0, 8);
  }

  private static void putIfKnown(AttributesBuilder attributes, String key, String value) {
    if (!value.isEmpty()) {
      attributes.put(key, value);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      return ""; // the attribute is left out
    }
  }
}
