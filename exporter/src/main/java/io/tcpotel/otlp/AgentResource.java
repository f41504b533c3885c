// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import io.tcpotel.telemetry.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The resource of everything that one agent sends: itself and its host. What the user configured
 * wins.
 */
final class AgentResource {
  private static final AttributeKey<String> SERVICE_NAME = AttributeKey.stringKey("service.name");

  /** What the SDK puts where nobody named the service. */
  private static final String UNKNOWN_SERVICE = "unknown_service";

  private AgentResource() {}

  /**
   * @param configured what OpenTelemetry's configuration gave
   */
  static Resource of(Resource configured) {
    AttributesBuilder attributes = Attributes.builder();
    String host = read(Path.of("/proc/sys/kernel/hostname"));
    attributes.put(SERVICE_NAME, Release.NAME);
    attributes.put("telemetry.distro.name", Release.NAME);
    attributes.put("telemetry.distro.version", Release.VERSION);
    putIfKnown(attributes, "host.name", host);
    putIfKnown(attributes, "host.id", read(Path.of("/etc/machine-id")));
    putIfKnown(attributes, "k8s.node.name", System.getenv().getOrDefault("K8S_NODE_NAME", ""));
    String boot = read(Path.of("/proc/sys/kernel/random/boot_id"));
    if (!host.isEmpty() && !boot.isEmpty()) {
      // Two agents without an instance would write one series in Prometheus.
      attributes.put("service.instance.id", host + "-" + boot);
    }
    String name = configured.getAttribute(SERVICE_NAME);
    Attributes wanted =
        name != null && name.startsWith(UNKNOWN_SERVICE)
            ? configured.getAttributes().toBuilder().remove(SERVICE_NAME).build()
            : configured.getAttributes();
    return Resource.create(attributes.putAll(wanted).build(), Scope.SCHEMA_URL);
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
