// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import io.tcpotel.telemetry.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;

/**
 * The resource of everything that one agent sends: itself and its host. What the user configured
 * wins.
 */
final class AgentResource {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  private static final AttributeKey<String> INSTANCE =
      AttributeKey.stringKey("service.instance.id");

  /** The SDK's default of service.name. */
  private static final String UNKNOWN_SERVICE = "unknown_service";

  private AgentResource() {}

  /**
   * The agent's resource.
   *
   * @param configured what OpenTelemetry's configuration gave, the SDK's own defaults included
   * @param named the attributes that the user named in OTEL_RESOURCE_ATTRIBUTES
   * @param source what this agent sees of the host, the same at each start; empty: all of it
   */
  static Resource of(Resource configured, Set<String> named, String source) {
    AttributesBuilder attributes = Attributes.builder();
    String host = read(Path.of("/proc/sys/kernel/hostname"));
    attributes.put(SERVICE_NAME, Release.NAME);
    attributes.put("telemetry.distro.name", Release.NAME);
    attributes.put("telemetry.distro.version", Release.VERSION);
    putIfKnown(attributes, "host.name", host);
    putIfKnown(attributes, "host.id", machineId(read(Path.of("/etc/machine-id"))));
    putIfKnown(attributes, "k8s.node.name", System.getenv().getOrDefault("K8S_NODE_NAME", ""));
    String boot = read(Path.of("/proc/sys/kernel/random/boot_id"));
    AttributesBuilder wanted = configured.getAttributes().toBuilder();
    String name = configured.getAttribute(SERVICE_NAME);
    if (name != null && name.startsWith(UNKNOWN_SERVICE)) {
      wanted.remove(SERVICE_NAME);
    }
    if (!host.isEmpty() && !boot.isEmpty() && !named.contains(INSTANCE.getKey())) {
      // The SDK draws a new one at each start, which would begin all series anew in Prometheus.
      attributes.put(INSTANCE, host + "-" + boot + suffix(source));
      wanted.remove(INSTANCE);
    }
    return Resource.create(attributes.putAll(wanted.build()).build(), Scope.SCHEMA_URL);
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
