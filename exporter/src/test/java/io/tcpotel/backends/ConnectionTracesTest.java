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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Spans of both ends of connections, from two agents through the Collector to Jaeger. */
@BackendsTest
@KernelTest
@Timeout(Await.TEST_SECONDS)
class ConnectionTracesTest {
  private static final String COLLECTOR =
      """
      receivers:
        otlp: {protocols: {grpc: {endpoint: "127.0.0.1:%d"}}}
      exporters:
        otlp_grpc: {endpoint: "%s", tls: {insecure: true}}
      service:
        telemetry: {metrics: {level: none}}
        pipelines:
          traces: {receivers: [otlp], exporters: [otlp_grpc]}
      """;

  @TempDir Path folder;

  /** A span as Jaeger shows it. */
  private record JaegerSpan(JsonObject json, String service) {
    String tag(String key) {
      for (JsonElement each : json.getAsJsonArray("tags")) {
        if (each.getAsJsonObject().get("key").getAsString().equals(key)) {
          return each.getAsJsonObject().get("value").getAsString();
        }
      }
      return "";
    }

    int port(String key) {
      return Integer.parseInt(tag(key));
    }

    String id() {
      return json.get("spanID").getAsString();
    }

    /** Empty if there is none. */
    String parent() {
      List<JsonElement> references = json.getAsJsonArray("references").asList();
      if (references.isEmpty()) {
        return "";
      }
      assertThat(references).hasSize(1);
      JsonObject reference = references.get(0).getAsJsonObject();
      assertThat(reference.get("refType").getAsString()).isEqualTo("CHILD_OF");
      assertThat(reference.get("traceID")).isEqualTo(json.get("traceID"));
      return reference.get("spanID").getAsString();
    }
  }

  /** The spans of each trace that the service has a span in, a root first. */
  private static List<List<JaegerSpan>> traces(RealJaeger jaeger, String service) {
    List<List<JaegerSpan>> traces = new ArrayList<>();
    String query = "/api/traces?limit=1000&service=" + service;
    for (JsonElement trace : jaeger.query(query).getAsJsonArray()) {
      JsonObject processes = trace.getAsJsonObject().getAsJsonObject("processes");
      List<JaegerSpan> spans = new ArrayList<>();
      for (JsonElement each : trace.getAsJsonObject().getAsJsonArray("spans")) {
        JsonObject span = each.getAsJsonObject();
        JsonObject process = processes.getAsJsonObject(span.get("processID").getAsString());
        JaegerSpan one = new JaegerSpan(span, process.get("serviceName").getAsString());
        spans.add(one.parent().isEmpty() ? 0 : spans.size(), one);
      }
      traces.add(spans);
    }
    return traces;
  }

  @Test
  void bothEndsAreOneTraceAndTheServerIsTheChild() throws IOException {
    int port = FreePort.find();
    try (RealJaeger jaeger = RealJaeger.start(folder);
        TwoServices services = new TwoServices()) {
      Path configuration =
          Files.writeString(
              folder.resolve("collector.yaml"), COLLECTOR.formatted(port, jaeger.otlpEndpoint()));
      try (RealCollector collector = RealCollector.start(folder.resolve("no"), configuration)) {
        services.run(port);
        assertThat(collector.stop()).as(collector.messages()).isZero();
      }
      Set<Integer> established = new TreeSet<>();
      Set<Integer> refused = new TreeSet<>();
      for (List<JaegerSpan> trace : traces(jaeger, TwoServices.CLIENT)) {
        JaegerSpan client = trace.get(0);
        if (trace.size() == 1) {
          requireFailure(client);
          refused.add(client.port("network.local.port"));
        } else {
          assertThat(trace).hasSize(2);
          requireEnds(client, trace.get(1));
          established.add(client.port("network.local.port"));
        }
      }
      assertThat(established).isEqualTo(services.established()).hasSize(TwoServices.OF_CLIENT);
      assertThat(refused).isEqualTo(services.refused()).hasSize(TwoServices.REFUSED);
    }
  }

  private static void requireEnds(JaegerSpan client, JaegerSpan server) {
    assertThat(client.service()).isEqualTo(TwoServices.CLIENT);
    assertThat(client.tag("span.kind")).isEqualTo("client");
    assertThat(client.parent()).isEmpty();
    assertThat(server.service()).isEqualTo(TwoServices.SERVER);
    assertThat(server.tag("span.kind")).isEqualTo("server");
    assertThat(server.parent()).isEqualTo(client.id());
    assertThat(server.tag("network.peer.port")).isEqualTo(client.tag("network.local.port"));
    assertThat(server.tag("network.local.port")).isEqualTo(client.tag("network.peer.port"));
    assertThat(client.tag("error")).isEmpty();
    assertThat(server.tag("error")).isEmpty();
  }

  private static void requireFailure(JaegerSpan client) {
    assertThat(client.service()).isEqualTo(TwoServices.CLIENT);
    assertThat(client.parent()).isEmpty();
    assertThat(client.tag("error")).isEqualTo("true");
    assertThat(client.tag("error.type")).isEqualTo("connection_refused");
  }
}
