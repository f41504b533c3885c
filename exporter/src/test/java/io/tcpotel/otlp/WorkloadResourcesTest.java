// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class WorkloadResourcesTest {
  private static final String CONTAINER = "0123456789abcdef".repeat(4);
  private static final String POD = "/kubepods/burstable/pod01234567-89ab-cdef-0123-456789abcdef/";

  private static Workload workload(String path) {
    return new WorkloadTable(id -> path, id -> false, 10).of(1);
  }

  private static Resource resource(Map<String, String> named, String source, String path) {
    return new WorkloadResources(AgentResource.of(named, source), named).of(workload(path));
  }

  private static String attribute(Resource resource, String key) {
    return resource.getAttribute(AttributeKey.stringKey(key));
  }

  private static String instance(String source, String path) {
    return attribute(resource(Map.of(), source, path), "service.instance.id");
  }

  /** RFC 9562, appendix A.4. */
  @Test
  void uuidsOfVersion5AreThoseOfTheStandard() {
    UUID dns = UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    assertThat(InstanceId.version5(dns, "www.example.com"))
        .hasToString("2ed6657d-e927-568b-95e1-2665a8aea6a2");
  }

  @Test
  void aServiceHasItsNameAndTheHostOfTheAgent() {
    Resource agent = AgentResource.of(Map.of(), "a");
    Resource service = resource(Map.of(), "a", "/system.slice/getty@tty1.service");
    assertThat(attribute(service, "service.name")).isEqualTo("getty");
    assertThat(attribute(agent, "service.name")).isEqualTo("tcpotel");
    assertThat(attribute(service, "tcpotel.systemd.unit")).isEqualTo("getty@tty1.service");
    for (String key : new String[] {"host.name", "telemetry.distro.name", "telemetry.sdk.name"}) {
      assertThat(attribute(service, key)).as(key).isNotNull().isEqualTo(attribute(agent, key));
    }
    assertThat(service.getSchemaUrl()).isEqualTo(agent.getSchemaUrl());
  }

  @Test
  void aPodHasNoServiceName() {
    Resource pod = resource(Map.of(), "a", POD + CONTAINER);
    assertThat(attribute(pod, "service.name")).isNull();
    assertThat(attribute(pod, "container.id")).isEqualTo(CONTAINER);
    assertThat(attribute(pod, "k8s.pod.uid")).isEqualTo("01234567-89ab-cdef-0123-456789abcdef");
  }

  @Test
  void theInstanceIsTheSameAfterARestartAndAnotherForAnotherAgentOrWorkload() {
    String path = POD + CONTAINER;
    assertThat(instance("a", path)).isEqualTo(instance("a", path));
    assertThat(instance("b", path)).isNotEqualTo(instance("a", path));
    assertThat(instance("a", path.replace('0', '1'))).isNotEqualTo(instance("a", path));
    assertThat(UUID.fromString(instance("a", path)).version()).isEqualTo(5);
    assertThat(UUID.fromString(instance("a", path)).variant()).isEqualTo(2);
  }

  @Test
  void theUsersAttributesWinExceptForTheNameAndTheInstanceOfTheAgent() {
    Map<String, String> named =
        Map.of(
            "service.name", "watcher",
            "service.instance.id", "mine",
            "container.id", "theirs",
            "deployment.environment.name", "test");
    Resource service = resource(named, "a", "/system.slice/getty@tty1.service");
    assertThat(attribute(service, "service.name")).isEqualTo("getty");
    assertThat(attribute(service, "deployment.environment.name")).isEqualTo("test");
    assertThat(attribute(service, "service.instance.id")).isNotEqualTo("mine");
    assertThat(attribute(resource(named, "a", POD + CONTAINER), "container.id"))
        .isEqualTo("theirs");
    assertThat(attribute(AgentResource.of(named, "a"), "service.name")).isEqualTo("watcher");
  }

  @Test
  void anUnknownWorkloadHasTheResourceOfTheAgent() {
    Resource agent = AgentResource.of(Map.of(), "a");
    assertThat(new WorkloadResources(agent, Map.of()).of(Workload.AGENT)).isSameAs(agent);
  }

  @Test
  void thePodOfTheAgentIsOfTheAgentAloneAndTheNodeIsTheHostOfAll() {
    Map<String, String> environment =
        Map.of(
            "K8S_NODE_NAME", "node-7",
            "K8S_NAMESPACE_NAME", "observability",
            "K8S_POD_NAME", "tcpotel-x2x",
            "K8S_POD_UID", "99992222-3333-4444-5555-666677778888");
    Resource agent = AgentResource.of(Map.of(), "a", environment);
    assertThat(attribute(agent, "k8s.namespace.name")).isEqualTo("observability");
    assertThat(attribute(agent, "k8s.pod.name")).isEqualTo("tcpotel-x2x");
    assertThat(attribute(agent, "k8s.pod.uid")).isEqualTo("99992222-3333-4444-5555-666677778888");
    assertThat(attribute(agent, "service.instance.id")).startsWith("node-7-");
    WorkloadResources resources = new WorkloadResources(agent, Map.of());
    Resource pod = resources.of(workload(POD + CONTAINER));
    assertThat(attribute(pod, "k8s.pod.uid")).isEqualTo("01234567-89ab-cdef-0123-456789abcdef");
    assertThat(attribute(pod, "k8s.pod.name")).isNull();
    Resource service = resources.of(workload("/system.slice/getty@tty1.service"));
    assertThat(attribute(service, "k8s.pod.uid")).isNull();
    assertThat(attribute(service, "host.name")).isEqualTo("node-7");
    assertThat(attribute(service, "k8s.node.name")).isEqualTo("node-7");
  }
}
