// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that connect to the address of a Service, which kube-proxy leads to a pod. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class ServiceAddressTest {
  private static final String NAMESPACE = "service";
  private static final int CLIENT_ENDS = 50;

  private final int port = FreePort.find();
  private final int closedPort = FreePort.find();
  @TempDir Path folder;

  @Test
  void bothEndsHaveTheirNamesAndTheClientsPeerIsTheService() throws IOException {
    ClusterCollector collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
    Cluster.kubectl("create", "namespace", NAMESPACE);
    AgentRelease agent = new AgentRelease(NAMESPACE, collector.endpoint(), port, closedPort);
    try (RealCollector running = collector.start()) {
      agent.install();
      agent.awaitReady();
      Traffic traffic = new Traffic(NAMESPACE, folder, port, closedPort);
      traffic.dial("direct", CLIENT_ENDS, 10);
      String service =
          Cluster.text(Cluster.get("service", "web", "-n", NAMESPACE), "spec", "clusterIP");
      traffic.setServer(service);
      traffic.dial("by-service", CLIENT_ENDS, 10);
      traffic.awaitClients(2 * CLIENT_ENDS);
      traffic.end("direct", "by-service");
      agent.uninstall();
      assertThat(running.stop()).isZero();

      List<ConnectionEnd.Arrived> arrived = collector.arrived();
      assertThat(arrived.stream().map(ConnectionEnd.Arrived::end))
          .containsExactlyInAnyOrderElementsOf(traffic.expected());
      String server = Cluster.text(traffic.server(), "metadata", "uid");
      List<ConnectionEnd.Arrived> direct = clientsOf("direct", arrived);
      assertThat(direct).allMatch(each -> each.peerPodUid().equals(server));
      assertThat(serversOf(direct, arrived))
          .allMatch(each -> each.peerPodUid().equals(direct.getFirst().end().of().podUid()));
      List<ConnectionEnd.Arrived> translated = clientsOf("by-service", arrived);
      assertThat(translated)
          .hasSize(CLIENT_ENDS)
          .allMatch(each -> each.end().peer().startsWith(service + ":"))
          .allMatch(each -> each.peerPodUid().equals("none"));
      assertThat(serversOf(translated, arrived))
          .hasSize(CLIENT_ENDS - CLIENT_ENDS / 10) // of those that are not refused
          .allMatch(each -> each.peerPodUid().equals("none"));
    } finally {
      Cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false");
    }
  }

  private static List<ConnectionEnd.Arrived> clientsOf(
      String workload, List<ConnectionEnd.Arrived> arrived) {
    return arrived.stream()
        .filter(each -> each.end().role().equals("client"))
        .filter(each -> each.end().of().workload().equals("deployment/" + workload))
        .toList();
  }

  /** The other ends of their connections. */
  private static List<ConnectionEnd.Arrived> serversOf(
      List<ConnectionEnd.Arrived> clients, List<ConnectionEnd.Arrived> arrived) {
    Set<String> locals =
        clients.stream().map(each -> each.end().local()).collect(Collectors.toSet());
    return arrived.stream().filter(each -> locals.contains(each.end().peer())).toList();
  }
}
