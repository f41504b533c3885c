// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.RealJaeger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Spans of connections and of applications in Jaeger's graph of services. */
@BackendsTest
@KernelTest
@Timeout(Await.TEST_SECONDS)
class ServiceGraphTest {
  private static final int CALLS = 4;
  private static final String CALL = TwoServices.CLIENT + " to " + TwoServices.SERVER;

  @TempDir Path folder;

  /** Returns when Jaeger has all spans that the Collector of {@code configuration} lets through. */
  private void send(String configuration, RealJaeger traces, RealJaeger ofConnections)
      throws IOException {
    int port = FreePort.find();
    String text = Files.readString(Path.of("../otel-config/service-graph", configuration));
    Path file =
        Files.writeString(
            folder.resolve("collector.yaml"),
            text.replace("${env:COLLECTOR_LISTEN:-127.0.0.1:4317}", "127.0.0.1:" + port)
                .replace("${env:COLLECTOR_TRACES:-127.0.0.1:4417}", traces.otlpEndpoint())
                .replace(
                    "${env:COLLECTOR_CONNECTION_TRACES:-127.0.0.1:4517}",
                    ofConnections.otlpEndpoint()));
    try (RealCollector collector = RealCollector.start(folder.resolve("unused"), file);
        TwoServices services = new TwoServices()) {
      ApplicationCalls.send(CALLS, TwoServices.CLIENT, TwoServices.SERVER, port);
      services.run(port);
      assertThat(collector.stop()).as(collector.messages()).isZero();
    }
  }

  private static RealJaeger jaeger(Path folder) throws IOException {
    return RealJaeger.start(Files.createDirectories(folder));
  }

  /** How many calls of which service to which. */
  private static Map<String, Integer> graph(RealJaeger jaeger) {
    Map<String, Integer> calls = new TreeMap<>();
    String time = "?endTs=" + System.currentTimeMillis() + "&lookback=3600000";
    for (JsonElement each : jaeger.query("/api/dependencies" + time).getAsJsonArray()) {
      JsonObject edge = each.getAsJsonObject();
      calls.put(
          edge.get("parent").getAsString() + " to " + edge.get("child").getAsString(),
          edge.get("callCount").getAsInt());
    }
    return calls;
  }

  @Test
  void withoutConnectionsHasTheCallsOfApplicationsAlone() throws IOException {
    try (RealJaeger traces = jaeger(folder.resolve("applications"));
        RealJaeger connections = jaeger(folder.resolve("connections"))) {
      send("without-connections.yaml", traces, connections);
      assertThat(graph(traces)).isEqualTo(Map.of(CALL, CALLS));
      assertThat(graph(connections)).containsEntry(CALL, TwoServices.OF_CLIENT);
    }
  }

  @Test
  void withConnectionsHasEachConnectionBetweenNamedWorkloads() throws IOException {
    try (RealJaeger traces = jaeger(folder)) {
      send("with-connections.yaml", traces, traces);
      String container = TwoServices.CONTAINER.substring(0, 12) + " to " + TwoServices.SERVER;
      assertThat(graph(traces))
          .isEqualTo(
              Map.of(CALL, CALLS + TwoServices.OF_CLIENT, container, TwoServices.OF_CONTAINER));
    }
  }
}
