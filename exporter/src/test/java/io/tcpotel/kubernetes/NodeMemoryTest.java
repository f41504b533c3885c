// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.KubernetesObject;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.TestCgroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory of the agent in its container, beside the same distribution on the host, and beside
 * the limits of the chart.
 */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class NodeMemoryTest {
  private static final String NAMESPACE = "memory";
  private static final int LIVE = 5_000;
  private static final int SHORT = 10_000;
  private static final int REST_MS = 5_000;
  private static final int LOAD_MS = 30_000;
  private static final long KIB = 1 << 10;
  private static final long MIB = 1 << 20;

  private final int port = FreePort.find();
  private final int closedPort = FreePort.find();
  private final ClusterCollector collector;
  private final AgentRelease agent;
  private final Path folder;

  NodeMemoryTest(@TempDir Path folder) {
    this.folder = folder;
    collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
    agent = new AgentRelease(NAMESPACE, collector.endpoint(), port, closedPort);
  }

  @Test
  void itTakesAsMuchAsOnTheHostAndTheLimitsOfTheChartFit() throws Exception {
    Cluster.kubectl("create", "namespace", NAMESPACE);
    try (RealCollector running = collector.start();
        Distribution distribution = Distribution.copy()) {
      agent.install();
      agent.awaitReady();
      try (Program onHost = startOnHost(distribution)) {
        Await.pause(REST_MS);
        ContainerMemory atRest = tell("at rest", onHost);
        Traffic traffic = new Traffic(NAMESPACE, folder, port, closedPort);
        traffic.hold("holder", LIVE);
        traffic.dial("busy", SHORT, 0);
        traffic.awaitTold(2 * SHORT - SHORT / 10); // both ends, but those that are refused have one
        Await.pause(
            REST_MS); // the kernel frees the states of connections some time after their end
        tell(LIVE + " live, after " + SHORT + " others", onHost);
        assertThat(residentBytes(agent.process()))
            .isLessThanOrEqualTo(residentBytes(onHost.pid()) * 11 / 10);
        assertThat(atRest.workingSet()).isLessThan(chartBytes("requests"));

        assertThat(running.stop()).isZero();
        traffic.dialUntilEnd("while-away", 0);
        Await.pause(LOAD_MS);
        ContainerMemory full = tell("and the collector away", onHost);
        // The kernel reclaims pages of files before it refuses: what is left counts.
        assertThat(full.workingSet()).isLessThan(chartBytes("limits") * 3 / 4);
        assertThat(Cluster.text(agent.containerStatus(), "restartCount")).isEqualTo("0");
      }
      agent.uninstall();
    } finally {
      Cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false");
    }
  }

  private Program startOnHost(Distribution distribution) {
    Program run =
        distribution.start(
            "run",
            "--cgroup-root=" + TestCgroup.root().orElseThrow(),
            "--endpoint=" + collector.endpoint(),
            "--filter-port=" + port,
            "--filter-port=" + closedPort,
            "--health=127.0.0.1:" + FreePort.find());
    run.awaitMessage("watching");
    return run;
  }

  private ContainerMemory tell(String when, Program onHost) throws IOException {
    ContainerMemory memory = ContainerMemory.of(agent.process());
    System.out.printf(
        "memory %s: resident %d MiB, on the host %d MiB; charged %d MiB, of which anonymous %d, files %d (inactive %d), kernel %d; peak %d%n",
        when,
        residentBytes(agent.process()) / MIB,
        residentBytes(onHost.pid()) / MIB,
        memory.usage() / MIB,
        memory.anonymous() / MIB,
        memory.file() / MIB,
        memory.inactiveFile() / MIB,
        memory.kernel() / MIB,
        memory.peakUsage() / MIB);
    return memory;
  }

  private static long residentBytes(long process) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
        .findFirst()
        .orElseThrow();
  }

  private static long chartBytes(String kind) throws IOException {
    String quantity =
        KubernetesObject.of(Files.readString(Path.of(Helm.CHART, "values.yaml")))
            .getFirst()
            .get("resources", kind, "memory")
            .toString();
    assertThat(quantity).endsWith("Mi");
    return Long.parseLong(quantity.replace("Mi", "")) * MIB;
  }
}
