// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The chart on the real node: every connection has the names that the API server knows. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class NodeAgentTest {
  private static final int CLIENT_ENDS = 1_000;
  // Of all ends. The name of a container is in the status of its pod, by the container's id. The
  // kubelet writes it there some moments after the container started, and the Collector learns it
  // from there: until then, a record has what the pod's uid tells.
  private static final double NAMELESS = 0.05;

  private final int port = FreePort.find();
  private final int closedPort = FreePort.find();
  @TempDir Path folder;

  private Traffic fiveWorkloads(String namespace) throws IOException {
    Traffic traffic = new Traffic(namespace, folder, port, closedPort);
    traffic.apply("clients.yaml");
    Path staticPod = traffic.runStaticPod();
    try {
      traffic.awaitClients(CLIENT_ENDS - 100); // all but those of the second pod of `rolling`
      assertThat(traffic.clients()).isEqualTo(CLIENT_ENDS - 100);
      Cluster.kubectl("rollout", "restart", "deployment/rolling", "-n", namespace);
      traffic.awaitClients(CLIENT_ENDS);
      Await.until("greedy is killed", () -> !reason(namespace).isEmpty());
      assertThat(reason(namespace)).isEqualTo("OOMKilled");
      return traffic;
    } finally {
      Files.delete(staticPod);
    }
  }

  private static String reason(String namespace) {
    JsonObject status = Cluster.get("pod", "greedy", "-n", namespace).getAsJsonObject("status");
    return Cluster.text(
        Cluster.objects(status.get("containerStatuses")).getFirst(),
        "state",
        "terminated",
        "reason");
  }

  @Test
  void aThousandConnectionsHaveTheirPodContainerAndWorkload() throws IOException {
    ClusterCollector collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
    String namespace = "thousand";
    Cluster.kubectl("create", "namespace", namespace);
    AgentRelease agent = new AgentRelease(namespace, collector.endpoint(), port, closedPort);
    agent.install();
    try {
      Await.until("the agent says why it is not ready", () -> unready(agent));
      try (RealCollector running = collector.start()) {
        agent.awaitReady();
        assertThat(agent.capabilities())
            .isNotEmpty()
            .allMatch(each -> each.endsWith("0000000000000000"));
        Traffic traffic = fiveWorkloads(namespace);
        List<ConnectionEnd> expected = traffic.expected();
        assertThat(expected).hasSizeGreaterThan(CLIENT_ENDS + CLIENT_ENDS / 2);
        collector.awaitEnds(expected.size());
        agent.uninstall(); // after which nothing more can arrive
        assertThat(agent.objects()).isEmpty();
        assertThat(running.stop()).isZero();
        assertThat(named(collector.ends(), expected)).containsExactlyInAnyOrderElementsOf(expected);
      }
    } finally {
      Cluster.kubectl("delete", "namespace", namespace, "--wait=false");
    }
  }

  /** The same ends, where few enough lack the container's name, with the name of its id. */
  private static List<ConnectionEnd> named(
      List<ConnectionEnd> arrived, List<ConnectionEnd> expected) {
    assertThat(arrived.stream().filter(end -> end.of().container().isEmpty()).count())
        .isLessThanOrEqualTo((long) (arrived.size() * NAMELESS));
    Map<String, String> names =
        expected.stream()
            .map(ConnectionEnd::of)
            .distinct()
            .collect(toMap(PodIdentity::containerId, PodIdentity::container));
    return arrived.stream()
        .map(end -> end.of().container().isEmpty() ? end.withContainer(names) : end)
        .toList();
  }

  /** Whether the pod's container runs and only its probe says no. */
  private static boolean unready(AgentRelease agent) {
    List<JsonObject> statuses =
        Cluster.objects(agent.pod().getAsJsonObject("status").get("containerStatuses"));
    return statuses.size() == 1
        && statuses.getFirst().getAsJsonObject("state").has("running")
        && !statuses.getFirst().get("ready").getAsBoolean();
  }
}
