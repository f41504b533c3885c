// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rolling update of the DaemonSet loses and doubles: what docs/kubernetes.md says. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class UpgradeTest {
  private static final String NONE = "0".repeat(16);
  private static final int HELD = 20;
  private static final int BEFORE_AND_AFTER = 200;

  /** For what the kernel does at both ends after a client's close(). */
  private static final long MARGIN_NS = 200_000_000;

  private final int port = FreePort.find();
  private final int closedPort = FreePort.find();
  private final ClusterCollector collector;
  private final Path folder;
  private Traffic traffic;

  UpgradeTest(@TempDir Path folder) {
    this.folder = folder;
    this.collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyTheTimeWithoutAnAgentIsLostAndNothingIsTwice(boolean olderConnections) throws Exception {
    String namespace = "upgrade-" + olderConnections;
    Cluster.kubectl("create", "namespace", namespace);
    AgentRelease agent = new AgentRelease(namespace, collector.endpoint(), port, closedPort);
    try (RealCollector running = collector.start()) {
      agent.install();
      agent.awaitReady();
      traffic = new Traffic(namespace, folder, port, closedPort);
      Unattached unattached = upgradeUnderTraffic(agent, "olderConnections=" + olderConnections);
      assertThat(agent.capabilities()).isNotEmpty().allMatch(each -> each.endsWith("\t" + NONE));
      traffic.end("holder", "steady");
      agent.uninstall();
      assertThat(running.stop()).isZero();
      System.out.printf("an upgrade: %.1f s without an agent%n", unattached.seconds());
      requireEachConnectionOnceBut(unattached);
      requireHeld(olderConnections);
    } finally {
      Cluster.kubectl("delete", "namespace", namespace, "--wait=false");
    }
  }

  private Unattached upgradeUnderTraffic(AgentRelease agent, String setting) throws Exception {
    traffic.hold("holder", HELD);
    traffic.dialUntilEnd("steady", 10);
    traffic.awaitClients(BEFORE_AND_AFTER);
    Unattached unattached = Unattached.watchFor();
    agent.upgrade("--set=" + setting, "--set=config.queue-bytes=20MiB");
    unattached.await();
    traffic.awaitClients(traffic.clients() + BEFORE_AND_AFTER);
    return unattached;
  }

  private void requireEachConnectionOnceBut(Unattached unattached) {
    List<KnownConnection> before = ends(each -> unattached.isAfterEndOf(each, MARGIN_NS));
    List<KnownConnection> after = ends(unattached::isBeforeBeginOf);
    assertThat(before).hasSizeGreaterThan(BEFORE_AND_AFTER);
    assertThat(after).hasSizeGreaterThan(BEFORE_AND_AFTER);
    requireArrived(before, false);
    requireArrived(after, false);
    List<KnownConnection> without = ends(each -> unattached.includes(each, MARGIN_NS));
    assertThat(without).isNotEmpty();
    assertThat(arrivals(without)).isEmpty();
    assertThat(collector.ends().stream().map(ConnectionEnd::ends)).doesNotHaveDuplicates();
  }

  /** Each once. */
  private void requireArrived(List<KnownConnection> wanted, boolean preexisting) {
    List<ConnectionEnd.Arrived> arrivals = arrivals(wanted);
    assertThat(arrivals.stream().map(ConnectionEnd.Arrived::end))
        .containsExactlyInAnyOrderElementsOf(traffic.expected(wanted));
    assertThat(arrivals).allMatch(each -> each.preexisting() == preexisting);
  }

  /** Both ends of the short connections whose client is so. */
  private List<KnownConnection> ends(Predicate<KnownConnection> wanted) {
    List<KnownConnection> known = traffic.known();
    Map<String, KnownConnection> clients =
        known.stream()
            .filter(each -> each.place().pod().startsWith("steady-"))
            .collect(Collectors.toMap(KnownConnection::local, each -> each));
    return known.stream()
        .filter(
            each -> {
              KnownConnection client = clients.get(each.isClient() ? each.local() : each.peer());
              return client != null && wanted.test(client);
            })
        .toList();
  }

  private List<ConnectionEnd.Arrived> arrivals(List<KnownConnection> of) {
    Set<String> ends = of.stream().map(KnownConnection::ends).collect(Collectors.toSet());
    return collector.arrived().stream().filter(each -> ends.contains(each.end().ends())).toList();
  }

  /** Of the connections that lived across it. */
  private void requireHeld(boolean adopted) {
    List<KnownConnection> known = traffic.known();
    Set<String> clients =
        known.stream()
            .filter(each -> each.place().pod().startsWith("holder-"))
            .map(KnownConnection::local)
            .collect(Collectors.toSet());
    List<KnownConnection> held =
        known.stream()
            .filter(each -> clients.contains(each.local()) || clients.contains(each.peer()))
            .toList();
    assertThat(held).hasSize(2 * HELD);
    if (adopted) {
      requireArrived(held, true);
    } else {
      assertThat(arrivals(held)).isEmpty();
    }
  }
}
