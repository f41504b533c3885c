// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.SpanFlags;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two agents in processes of their own, each for one host, each with a collector of its own. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class PairedAgentsKernelTest {
  private static final int CONNECTIONS = 230;
  private static final String CONNECTION_ID = "tcpotel.connection.id";

  private static final int HAS_IS_REMOTE =
      SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK.getNumber();
  private static final int IS_REMOTE = SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK.getNumber();

  private static Program run(TwoHosts hosts, TestNamespace host, ScriptedCollector collector) {
    Program run =
        Program.start(
            "run",
            "--scope=cgroup:" + hosts.cgroup().path(),
            "--filter-netns=" + host.name(),
            "--signals=logs,traces",
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
      for (ScriptedCollector collector : List.of(atClient, atServer)) {
        Await.until("log records", () -> collector.accepted().size() >= CONNECTIONS);
        Await.until("spans", () -> collector.acceptedSpans().size() >= CONNECTIONS);
      }
      assertThat(clientRun.signal("TERM").await()).as(clientRun.messages()).isZero();
      assertThat(serverRun.signal("TERM").await()).as(serverRun.messages()).isZero();
      requirePairs(atClient.accepted(), atServer.accepted(), witness);
      requireTraces(atClient.acceptedSpans(), atServer.acceptedSpans());
      requireIdsOfLogs(atClient);
      requireIdsOfLogs(atServer);
    }
  }

  /** From the spans alone, as a trace view sees them. */
  private static void requireTraces(List<Span> clients, List<Span> servers) {
    assertThat(clients).hasSize(CONNECTIONS);
    assertThat(servers).hasSize(CONNECTIONS);
    Map<ByteString, Span> byTrace =
        clients.stream().collect(Collectors.toMap(Span::getTraceId, Function.identity()));
    assertThat(servers)
        .extracting(Span::getTraceId)
        .containsExactlyInAnyOrderElementsOf(byTrace.keySet());
    for (Span server : servers) {
      Span client = byTrace.get(server.getTraceId());
      assertThat(client.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
      assertThat(client.getParentSpanId().isEmpty()).as("a root").isTrue();
      assertThat(client.getFlags()).isEqualTo(HAS_IS_REMOTE);
      assertThat(server.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
      assertThat(server.getParentSpanId()).isEqualTo(client.getSpanId());
      assertThat(server.getFlags()).isEqualTo(HAS_IS_REMOTE | IS_REMOTE);
    }
    assertThat(Stream.concat(clients.stream(), servers.stream()).map(Span::getSpanId))
        .doesNotHaveDuplicates()
        .allMatch(id -> id.size() == 8);
    assertThat(clients.stream().map(PairedAgentsKernelTest::peer).distinct())
        .as("the server and the virtual one")
        .containsExactlyInAnyOrder("198.18.2.2", "2001:db8:2::2", "203.0.113.7", "2001:db8:7::7");
    assertThat(servers.stream().map(PairedAgentsKernelTest::peer).distinct())
        .as("the client and the router")
        .containsExactlyInAnyOrder("198.18.1.2", "2001:db8:1::2", "198.18.2.1", "2001:db8:2::1");
  }

  private static String peer(Span span) {
    return attribute(span.getAttributesList(), "network.peer.address");
  }

  /** The log record of a connection leads to its span. */
  private static void requireIdsOfLogs(ScriptedCollector collector) {
    Map<String, Span> spans =
        collector.acceptedSpans().stream()
            .collect(
                Collectors.toMap(
                    span -> attribute(span.getAttributesList(), CONNECTION_ID),
                    Function.identity()));
    for (LogRecord log : collector.accepted()) {
      Span span = spans.get(attribute(log, CONNECTION_ID));
      assertThat(span.getTraceId()).isEqualTo(log.getTraceId());
      assertThat(span.getSpanId()).isEqualTo(log.getSpanId());
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
      ConnectionRecord end = ends.get(attribute(server, CONNECTION_ID));
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
    return attribute(log.getAttributesList(), key);
  }

  private static String attribute(List<KeyValue> attributes, String key) {
    return attributes.stream()
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
