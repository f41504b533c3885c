// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two agents in processes of their own, each for one host, each with a collector of its own. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class PairedAgentsKernelTest {
  private static final int CONNECTIONS = 230;

  private static Program run(TwoHosts hosts, TestNamespace host, ScriptedCollector collector) {
    Program run =
        Program.start(
            "run",
            "--scope=cgroup:" + hosts.cgroup().path(),
            "--filter-netns=" + host.name(),
            "--endpoint=" + collector.endpoint());
    run.awaitMessage("watching");
    return run;
  }

  /** Every kind of end, every way through the router, both families. */
  private static void connect(TestNetwork network) {
    Ending[] endings = Ending.values();
    Way[] ways = Way.values();
    List<SocketPair> timingOut = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Ending ending = endings[i % endings.length];
      Way way = ways[i / endings.length % ways.length];
      boolean v4 = i / endings.length / ways.length % 2 == 0;
      if (ending == Ending.TIMED_OUT) {
        timingOut.add(way.pair(network, v4));
      } else {
        ending.run(network, way, v4);
      }
    }
    Ending.timeOut(network, timingOut);
  }

  @Test
  void everyKindOfEndGivesOneTraceOfClientAndServer() {
    try (TestNetwork network = TestNetwork.create();
        TwoHosts witness = TwoHosts.watch(network);
        ScriptedCollector atClient = ScriptedCollector.start();
        ScriptedCollector atServer = ScriptedCollector.start();
        Program clientRun = run(witness, network.client(), atClient);
        Program serverRun = run(witness, network.server(), atServer)) {
      Way.open(network);
      connect(network);
      witness.awaitEnds(CONNECTIONS);
      Await.until("log records", () -> atClient.accepted().size() >= CONNECTIONS);
      Await.until("log records", () -> atServer.accepted().size() >= CONNECTIONS);
      assertThat(clientRun.signal("TERM").await()).as(clientRun.messages()).isZero();
      assertThat(serverRun.signal("TERM").await()).as(serverRun.messages()).isZero();
      requirePairs(atClient.accepted(), atServer.accepted(), witness);
    }
  }

  private static void requirePairs(
      List<LogRecord> clients, List<LogRecord> servers, TwoHosts witness) {
    assertThat(clients).hasSize(CONNECTIONS).allMatch(log -> has(log, "client"));
    assertThat(servers).hasSize(CONNECTIONS).allMatch(log -> has(log, "server"));
    Map<String, LogRecord> byTrace =
        clients.stream().collect(Collectors.toMap(EndIds::traceId, Function.identity()));
    assertThat(byTrace).hasSize(CONNECTIONS);
    assertThat(servers)
        .extracting(EndIds::traceId)
        .containsExactlyInAnyOrderElementsOf(byTrace.keySet());
    Map<String, ConnectionRecord> ends =
        witness.server().ends().stream()
            .collect(Collectors.toMap(PairedAgentsKernelTest::id, Function.identity()));
    for (LogRecord server : servers) {
      String client = EndIds.spanId(byTrace.get(EndIds.traceId(server)));
      ConnectionRecord end = ends.get(attribute(server, "tcpotel.connection.id"));
      EndIds.of(end).assertServerOf(new EndIds(EndIds.traceId(server), client, ""));
      assertThat(EndIds.spanId(server)).isEqualTo(EndIds.of(end).spanId());
    }
    requireEveryKind(clients, servers);
  }

  private static String id(ConnectionRecord end) {
    return HexFormat.of().toHexDigits(end.connectionId());
  }

  private static boolean has(LogRecord log, String role) {
    return role.equals(attribute(log, "tcpotel.connection.role"));
  }

  /** Empty if it has none. */
  private static String attribute(LogRecord log, String key) {
    return log.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals(key))
        .map(KeyValue::getValue)
        .map(value -> value.getStringValue())
        .findFirst()
        .orElse("");
  }

  /** The connections did end in all those ways, and went all those ways. */
  private static void requireEveryKind(List<LogRecord> clients, List<LogRecord> servers) {
    for (List<LogRecord> logs : List.of(clients, servers)) {
      assertThat(logs.stream().map(log -> attribute(log, "error.type")).distinct())
          .contains("", "connection_reset", "connection_aborted", "timed_out");
      assertThat(logs.stream().map(log -> attribute(log, "network.type")).distinct())
          .containsExactlyInAnyOrder("ipv4", "ipv6");
    }
    assertThat(clients.stream().map(log -> attribute(log, "network.peer.address")).distinct())
        .hasSize(4); // the server's and the virtual one, in both families
    assertThat(servers.stream().map(log -> attribute(log, "network.peer.address")).distinct())
        .hasSize(4); // the client's and the router's
  }
}
