// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The chart's sidecar in a pod of the real node. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class SidecarTest {
  private static final String NAMESPACE = "sidecar";
  private static final int OF_EACH_CONTAINER = 100;

  private final int port = FreePort.find();
  private final int closedPort = FreePort.find();
  @TempDir Path folder;

  @Test
  void itSeesTheConnectionsOfItsPodAloneAndAJobEndsWithIt() throws IOException {
    ClusterCollector collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
    Cluster.kubectl("create", "namespace", NAMESPACE);
    try (RealCollector running = collector.start()) {
      Traffic traffic = new Traffic(NAMESPACE, folder, port, closedPort);
      AgentRelease agent = new AgentRelease(NAMESPACE, collector.endpoint(), port, closedPort);
      traffic.dialUntilEnd("beside", 20);
      traffic.startJob("watched", Sidecar.of(agent.settings("--set=sidecar.first=true")));
      Cluster.kubectl(
          "wait", "job/watched", "--for=condition=complete", "-n", NAMESPACE, "--timeout=120s");
      traffic.end("beside");
      assertThat(running.stop()).isZero(); // nothing more can arrive: the pod has ended
      JsonObject pod = Cluster.list("pods", "-n", NAMESPACE, "-l", "job-name=watched").getFirst();
      requireEndedWell(pod);
      List<KnownConnection> ofPod = ofPod(traffic, Cluster.text(pod, "metadata", "name"));
      requireBothContainersAndOthersMeanwhile(ofPod, traffic.known());
      assertThat(collector.ends())
          .containsExactlyInAnyOrderElementsOf(traffic.expected(ofPod))
          .allMatch(end -> end.of().workload().equals("job/watched"));
    } finally {
      Cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false");
    }
  }

  private static List<KnownConnection> ofPod(Traffic traffic, String pod) {
    return traffic.known().stream().filter(each -> each.place().pod().equals(pod)).toList();
  }

  private static void requireEndedWell(JsonObject pod) {
    JsonObject sidecar =
        Cluster.objects(pod.getAsJsonObject("status").get("initContainerStatuses")).getFirst();
    assertThat(Cluster.text(sidecar, "name")).isEqualTo("tcpotel");
    assertThat(Cluster.text(sidecar, "state", "terminated", "exitCode")).isEqualTo("0");
    assertThat(Cluster.text(sidecar, "restartCount")).isEqualTo("0");
  }

  private static void requireBothContainersAndOthersMeanwhile(
      List<KnownConnection> ofPod, List<KnownConnection> all) {
    Map<String, Long> counts =
        ofPod.stream()
            .collect(
                Collectors.groupingBy(each -> each.place().container(), Collectors.counting()));
    assertThat(counts)
        .isEqualTo(Map.of("left", (long) OF_EACH_CONTAINER, "right", (long) OF_EACH_CONTAINER));
    long firstNs = ofPod.stream().mapToLong(KnownConnection::beganNs).min().orElseThrow();
    long lastNs = ofPod.stream().mapToLong(KnownConnection::endedNs).max().orElseThrow();
    assertThat(all)
        .filteredOn(each -> each.place().pod().startsWith("beside-"))
        .filteredOn(each -> each.beganNs() > firstNs && each.endedNs() < lastNs)
        .hasSizeGreaterThan(OF_EACH_CONTAINER / 4);
  }
}
