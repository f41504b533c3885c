// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.TestCommand;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code helm uninstall} leaves the image on the node, and nothing else anywhere. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class UninstallTest {
  private static final String NAMESPACE = "uninstall";

  @Test
  void nothingIsLeftInTheApiServerInTheKernelAndOnTheNode(@TempDir Path folder) throws Exception {
    ClusterCollector collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
    Cluster.kubectl("create", "namespace", NAMESPACE);
    for (String object : List.of("serviceaccount/default", "configmap/kube-root-ca.crt")) {
      Cluster.kubectl("wait", "--for=create", object, "-n", NAMESPACE, "--timeout=30s");
    }
    Set<String> objects = objects();
    Set<String> ofKernel = ofKernel();
    List<String> networks = Cluster.pathsOfNode(List.of("/netns/cni-"));
    AgentRelease agent =
        new AgentRelease(NAMESPACE, collector.endpoint(), FreePort.find(), FreePort.find());
    try (RealCollector running = collector.start()) {
      agent.install();
      agent.awaitReady();
      assertThat(agent.objects()).hasSizeGreaterThan(2);
      Set<String> ofAgent = ofKernel();
      ofAgent.removeAll(ofKernel);
      assertThat(ofAgent)
          .anyMatch(it -> it.startsWith("prog ") && it.contains(" observe_connect"))
          .anyMatch(it -> it.startsWith("map ") && it.endsWith(" map_of_tcp_info"))
          .anyMatch(it -> it.startsWith("link "));
      List<String> names =
          List.of(Cluster.text(agent.pod(), "metadata", "uid"), agent.containerId());
      assertThat(Cluster.pathsOfNode(names)).isNotEmpty();

      agent.uninstall();
      assertThat(running.stop()).isZero();

      assertThat(agent.objects()).isEmpty();
      // Of other tests, namespaces and networks may go meanwhile.
      Await.until("the controllers have cleaned up", () -> objects.containsAll(objects()));
      // It frees them some time after their last descriptor.
      Await.until("the kernel has freed them", () -> Collections.disjoint(ofKernel(), ofAgent));
      Await.until("the kubelet has cleaned up", () -> Cluster.pathsOfNode(names).isEmpty());
      assertThat(networks).containsAll(Cluster.pathsOfNode(List.of("/netns/cni-")));
      assertThat(Cluster.containerd("images", "list", "-q")).contains("localhost/tcpotel:");
      assertThat(Cluster.containerd("containers", "list", "-q")).doesNotContain(names);
    } finally {
      Cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false");
    }
  }

  /**
   * Of the namespace and of the cluster, of every kind that can be listed, but what tells of the
   * past.
   */
  private static Set<String> objects() {
    Set<String> names = new TreeSet<>();
    for (String namespaced : List.of("true", "false")) {
      String kinds =
          Cluster.kubectl(
                  "api-resources", "--verbs=list", "--namespaced=" + namespaced, "-o", "name")
              .lines()
              .filter(kind -> !kind.startsWith("events"))
              .collect(Collectors.joining(","));
      Cluster.kubectl("get", kinds, "-n", NAMESPACE, "-o", "name").lines().forEach(names::add);
    }
    return names;
  }

  /** "KIND ID NAME" of all that the kernel has loaded. */
  private static Set<String> ofKernel() {
    return Stream.of("prog", "map", "link")
        .flatMap(UninstallTest::ofKernel)
        .collect(Collectors.toSet());
  }

  private static Stream<String> ofKernel(String kind) {
    return Cluster.objects(JsonParser.parseString(TestCommand.run("bpftool", "-j", kind, "list")))
        .stream()
        .map(each -> "%s %s %s".formatted(kind, each.get("id"), Cluster.text(each, "name")));
  }
}
